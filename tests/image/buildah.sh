# shellcheck shell=bash disable=SC2154
# Containers without a container engine: what docker.sh does, with Debian's package buildah. A container is a
# process in a chroot, of this machine's network. Sourced by test_image.sh; needs root.

store=${STORE:-$work/store}

# The storage driver is the one that needs nothing of the kernel.
engine() {
    buildah --root "$store" --runroot "$work/run" --storage-driver vfs "$@"
}

image_is_there() {
    engine inspect --type image "$1" >/dev/null 2>&1
}

pull() {
    engine pull --quiet "$1"
}

# build TAG FILE FOLDER [NAME=VALUE]...
build() {
    local options=() one
    for one in "${@:4}"; do options+=(--build-arg "$one"); done
    [[ ! -f $2.dockerignore ]] || options+=(--ignorefile "$2.dockerignore")
    # Health checks are of docker's format alone.
    engine build --isolation chroot --format docker "${options[@]}" --file "$2" --tag "$1" "$3"
}

# Prints how large an image is, with its base.
size() {
    engine images --format '{{.Size}}' "$1"
}

# Prints a part of an image's configuration, as words.
configured() {
    engine inspect --type image --format "{{range .Docker.Config.$2}}{{.}} {{end}}" "$1"
}

# Prints the command of an image's health check, for a shell.
health_check() {
    local check
    check=$(configured "$1" Healthcheck.Test)
    echo "${check#CMD-SHELL }"
}

# The official image's user, who owns the folder there, has this number.
make_volume() {
    install --directory --owner=999 --group=999 "$work/$1"
}

remove_volume() {
    rm -rf "${work:?}/$1"
}

# start NAME IMAGE USER VOLUME FOLDER [NAME=VALUE]...: the image's own entry point and command
start() {
    local command one
    engine from --name "$1" "$2" >/dev/null
    for one in "${@:6}"; do engine config --env "$one" "$1"; done
    engine config --user "$3" --label volume="$work/$4:$5" "$1"
    read -ra command <<<"$(configured "$2" Entrypoint) $(configured "$2" Cmd)"
    # shellcheck disable=SC2016
    engine run --isolation chroot --volume "$work/$4:$5" "$1" -- \
        sh -c 'echo "$$" >/tmp/main-process; exec "$@"' sh "${command[@]}" >"$work/$1.log" 2>&1 &
    main_process=$!
}

# execute NAME USER COMMAND...
execute() {
    engine run --isolation chroot --user "$2" --volume "$(volume_of "$1")" "$1" -- "${@:3}"
}

volume_of() {
    engine inspect --format '{{.Docker.Config.Labels.volume}}' "$1"
}

logs() {
    cat "$work/$1.log"
}

# Stops the server by the image's signal, and fails where it does not end well.
stop() {
    local signal
    signal=$(engine inspect --type image --format '{{.Docker.Config.StopSignal}}' "$image")
    kill -s "${signal:-TERM}" "$(execute "$1" root cat /tmp/main-process)"
    wait "$main_process"
}

remove_container() {
    engine rm "$1" >/dev/null
}

remove_image() {
    engine rmi --force "$1" >/dev/null
}
