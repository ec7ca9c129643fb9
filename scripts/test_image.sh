#!/usr/bin/env bash
# Builds an image of docker/ and tries it: starts its server by its own entry point, creates the extension,
# searches, predicts, stops, starts again on the same volume as an ordinary user, and removes what it made.
# Where the official base cannot be had, debootstrap makes one that stands in for it (tests/image).
#
# usage: scripts/test_image.sh [BASE]
#   BASE    15-bookworm or 17-trixie: a tag of the official image of PostgreSQL; or greenplum: for
#           docker/greenplum.Dockerfile, for whose base nothing stands in
# environment:
#   ENGINE  docker, podman or buildah; unless set, the first of them that works here
#   IMAGE   one that is there, to be tried instead of one that is built, and that stays
#   STORE   buildah's folder for images, in which the base stays for the next time
#   MIRROR  of Debian, debootstrap's own choice unless set

set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "$0")/common.sh"
parts=$root/tests/image

main() {
    held=() containers=() volumes=() images=()
    doing='looking for a container engine'
    work=$(mktemp -d /var/tmp/cerebro_db-image.XXXXXX)
    trap clean_up EXIT
    choose_engine
    choose_kind "${1:-15-bookworm}"
    if [[ -n ${IMAGE:-} ]]; then
        image=$IMAGE
    else
        get_base
        build_image
    fi
    try_one_volume
    [[ -z $user ]] || try_ordinary_user
}

# Whatever happened, nothing of the test stays, and the last line says what held.
clean_up() {
    local status=$? one findings
    set +eu
    for one in "${containers[@]}"; do
        ((status == 0)) || logs "$one" | tail -n 30 >&2
        stop "$one" 2>/dev/null
        remove_container "$one"
    done
    for one in "${volumes[@]}"; do remove_volume "$one"; done
    for one in "${images[@]}"; do remove_image "$one"; done
    rm -rf "$work"
    findings=$(printf '; %s' "${held[@]:-nothing}")
    ((status == 0)) || die "FAILED while $doing. What held: ${findings#; }"
    say "all held: ${findings#; }"
}

choose_engine() {
    local candidate
    for candidate in ${ENGINE:-docker podman buildah}; do
        engine=$candidate
        if [[ $engine != buildah ]]; then
            "$engine" info >/dev/null 2>&1 || continue
            # shellcheck source=tests/image/docker.sh
            source "$parts/docker.sh"
            return
        elif command -v buildah >/dev/null && ((EUID == 0)); then
            # shellcheck source=tests/image/buildah.sh
            source "$parts/buildah.sh"
            return
        fi
    done
    die "this needs docker, podman, or buildah (Debian's package of that name) and root"
}

# Sets what PostgreSQL and Greenplum have different: file and base of the image, where its entry point has
# data and what it wants to know, who may log in, and how, and as whom it can be started but root.
choose_kind() {
    id=cerebro_db-test-$$
    image=localhost/$id
    # A container of buildah's listens on this machine's ports.
    local password port
    password=$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
    port=$(shuf --input-range=20000-29999 --head-count=1)
    if [[ $1 == greenplum ]]; then
        base=docker.io/woblerr/greenplum:7.1.0-ubuntu22.04
        file=$root/docker/greenplum.Dockerfile
        arguments=()
        # Its entry point has work to do as root.
        folder=/data owner=gpadmin user=
        environment=(GREENPLUM_PASSWORD="$password")
        conninfo='host=/tmp dbname=demo'
        psql=(bash -ic "psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 '$conninfo'")
    else
        base=docker.io/library/postgres:$1
        file=$root/docker/Dockerfile
        arguments=(BASE="$1")
        folder=/var/lib/postgresql/data owner=postgres user=postgres
        environment=(POSTGRES_PASSWORD="$password" PGPORT="$port")
        conninfo='host=/var/run/postgresql dbname=postgres'
        psql=(psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$conninfo")
    fi
}

get_base() {
    doing="getting the base $base"
    if image_is_there "$base"; then return; fi
    say "pulling $base"
    if pull "$base" >"$work/pull.log" 2>&1; then
        drop_base_later
        held+=("the base was pulled")
        return
    fi
    tail -n 1 "$work/pull.log" >&2
    [[ $file == */docker/Dockerfile ]] || die "nothing stands in for $base"
    say "no registry answers: debootstrap makes what stands in for $base"
    make_base "${base#*:}"
    drop_base_later
    held+=("a base that stands in for the official one")
}

# In a store that stays the base stays too.
drop_base_later() {
    [[ -n ${STORE:-} ]] || images+=("$base")
}

# make_base MAJOR-SUITE. Whom this machine trusts by its administrator's word, it trusts too, and so does pip.
make_base() {
    local system=$work/system trusted=/usr/local/share/ca-certificates
    command -v debootstrap >/dev/null || die "this needs debootstrap, Debian's package of that name, and root"
    debootstrap --variant=minbase "${1#*-}" "$system" ${MIRROR:+"$MIRROR"} >"$work/log" || die "$(tail -n 5 "$work/log")"
    find "$system"/var/lib/apt/lists "$system"/var/cache/apt -type f -delete
    if [[ -d $trusted ]]; then
        cp --recursive "$trusted" "$system/usr/local/share"
        printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$system/etc/pip.conf"
    fi
    mkdir "$work/base"
    tar --create --file="$work/base/system.tar" --one-file-system --directory="$system" .
    rm -rf "$system"
    cp "$parts/entrypoint.sh" "$work/base"
    build "$base" "$parts/base.Dockerfile" "$work/base" PG_MAJOR="${1%%-*}" >"$work/log" 2>&1 ||
        die "$(tail -n 20 "$work/log")"
    rm -rf "$work/base"
}

build_image() {
    doing="building $file"
    say "building ${file#"$root/"} with $engine"
    local began=$SECONDS
    build "$image" "$file" "$root" "${arguments[@]}" >"$work/log" 2>&1 || die "$(tail -n 30 "$work/log")"
    images+=("$image")
    held+=("built in $((SECONDS - began)) s by $engine, $(size "$image") of which $(size "$base") are the base")
    say "${held[-1]}"
}

# As compose has it: started by root, from whom the entry point steps down; then by an ordinary user.
try_one_volume() {
    doing="starting for the first time"
    up first '' data
    doing="creating the extension, searching and predicting"
    run_sql "$id-first" <"$parts/first.sql"
    held+=("a new database in a new volume, the extension, a search, predictions")
    doing="asking cerebro-db doctor"
    execute "$id-first" "$owner" cerebro-db doctor --dsn "$conninfo" >&2
    down first

    doing="starting again on the same volume, as ${user:-root}"
    up second "$user" data
    doing="predicting and searching in another container on the same volume"
    run_sql "$id-second" <"$parts/again.sql"
    held+=("in another container on the same volume, as ${user:-root}, the same predictions and a search")
    down second
}

# As Kubernetes has it: by an ordinary user from the beginning.
try_ordinary_user() {
    doing="starting for the first time, as $user"
    up third "$user" other
    doing="registering a model"
    run_sql "$id-third" <<<"select cerebro_model('small', '{\"family\": \"mlp\"}')"
    held+=("a new database, made as $user")
    down third
}

# up NAME USER VOLUME: starts a container and waits until it is healthy.
up() {
    local check began=$SECONDS container=$id-$1 volume=$id-$3
    say "$doing"
    if [[ " ${volumes[*]} " != *" $volume "* ]]; then
        make_volume "$volume"
        volumes+=("$volume")
    fi
    containers=("$container")
    start "$container" "$image" "$2" "$volume" "$folder" "${environment[@]}"
    check=$(health_check "$image")
    [[ -n $check ]] || die "the image has no health check"
    until execute "$container" "$owner" sh -c "$check" </dev/null >/dev/null 2>&1; do
        ((SECONDS - began < 300)) || die "it is not healthy after five minutes: $check"
        sleep 1
    done
}

run_sql() {
    execute "$1" "$owner" "${psql[@]}" >&2
}

down() {
    doing="stopping the server"
    stop "$id-$1"
    remove_container "$id-$1"
    containers=()
}

main "$@"
