#!/usr/bin/env bash
# Runs the demo and the tests of this checkout on another Debian, as a new machine would: in a chroot
# that debootstrap makes and that is removed afterwards, whatever happens. All of it takes place in
# namespaces of its own: what is mounted there is seen nowhere else, and what was started there ends
# with it, so what is removed is plain files.
#
# usage: scripts/test_debian.sh SUITE [all|conformance|pg_upgrade]
#   pg_upgrade: begins as Debian 12 and goes over to SUITE; see test_pg_upgrade.sh
# environment:
#   CHROOTS  the folder to make the chroot in, TMPDIR or /var/tmp unless set; it takes 5 GB
#   MIRROR   of Debian, debootstrap's own choice unless set
#   KEEP     if set, the chroot stays
# Settings of pip, of a proxy and of certificates in the environment hold inside, too.

set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "$0")/common.sh"

checkout=/srv/checkouts/cerebro_db
data=/srv/checkouts/shared/data
passed_on='^(PIP_.*|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|(http|https|no|all)_proxy)='

main() {
    [[ $# -ge 1 && $# -le 2 && ${2:-all} =~ ^(all|conformance|pg_upgrade)$ ]] ||
        die "usage: scripts/test_debian.sh SUITE [all|conformance|pg_upgrade]"
    ((EUID == 0)) || die "a chroot is for root to make: run this as root"
    command -v debootstrap >/dev/null || die "install debootstrap first"

    chroot=$(mktemp --directory "${CHROOTS:-${TMPDIR:-/var/tmp}}/cerebro_db-$1.XXXXXX")
    chmod 0755 "$chroot"
    process=
    trap clear_away EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # In the background, since a trap waits for what is in the foreground.
    unshare --mount --propagation private --pid --ipc --fork \
        "$0" within "$1" "${2:-all}" "$chroot" </dev/null &
    process=$!
    wait "$process"
}

# The first process in there takes all others with it, and has ended when they have.
clear_away() {
    if [[ -n $process ]]; then
        pkill --signal KILL --parent "$process" || true
        wait "$process" 2>/dev/null || true
    fi
    if [[ -n ${KEEP:-} ]]; then
        say "$chroot stays"
    else
        rm --recursive --force --one-file-system "$chroot"
    fi
}

# What the namespaces are for: run in them by main.
within() {
    suite=$1 part=$2 chroot=$3
    local first=$suite
    [[ $part != pg_upgrade ]] || first=bookworm
    say "making a chroot of Debian's $first"
    debootstrap --include=ca-certificates,git,make "$first" "$chroot" ${MIRROR:+"$MIRROR"} >"$chroot/debootstrap.log" ||
        { tail -n 5 "$chroot/debootstrap.log" >&2; die "debootstrap failed"; }
    furnish
    if [[ $part == pg_upgrade ]]; then
        inside scripts/test_pg_upgrade.sh "$suite" && say "pg_upgrade to $(versions): passed"
        return
    fi
    say "running make demo on Debian $(<"$chroot/etc/debian_version") ($suite)"
    inside make demo || die "make demo failed on Debian $(<"$chroot/etc/debian_version") ($suite)"
    local status=0
    run_tests 2>&1 | tee "$chroot/tests.log" || status=$?
    say "$part on $(versions): $(tail -n 1 "$chroot/tests.log")"
    return "$status"
}

# Devices, certificates, and the checkout with the data beside it.
furnish() {
    mount --types proc proc "$chroot/proc"
    mount --rbind /sys "$chroot/sys"
    mount --rbind /dev "$chroot/dev"
    mount --types tmpfs tmpfs "$chroot/dev/shm"
    echo '127.0.0.1 localhost' >"$chroot/etc/hosts"
    local file
    for file in /etc/ssl/certs/ca-certificates.crt "${PIP_CERT:-}" "${SSL_CERT_FILE:-}" "${REQUESTS_CA_BUNDLE:-}"; do
        [[ ! -f $file ]] || install -D --mode=0644 "$file" "$chroot$file"
    done
    mkdir --parents "$chroot$checkout" "$chroot$data"
    git -C "$root" -c "safe.directory=$root" ls-files -z |
        tar --create --directory="$root" --null --files-from=- |
        tar --extract --directory="$chroot$checkout" --no-same-owner
    [[ ! -d $root/../shared/data ]] || cp --recursive --dereference "$root/../shared/data/." "$chroot$data"
}

run_tests() {
    if [[ $part == all ]]; then
        inside make test
    else
        inside scripts/install.sh test &&
            inside make test-engine DSN="$(inside scripts/server.sh start)"
    fi
}

# Prints what the tests ran on.
versions() {
    inside bash <<'SCRIPT'
source scripts/common.sh
server=$("$(find_pg_config)" --version)
python=$("$venv/bin/python" -c '
import platform
from importlib.metadata import version
print(f"Python {platform.python_version()}, TensorFlow", version("tensorflow"))')
echo "Debian $(</etc/debian_version), ${server%% (*}, $python"
SCRIPT
}

# Runs a command in the checkout in the chroot, with a new machine's environment.
inside() {
    local environment=(HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}")
    environment+=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
    mapfile -t -O "${#environment[@]}" environment < <(env | grep --ignore-case --extended-regexp "$passed_on")
    # shellcheck disable=SC2016
    chroot "$chroot" env --ignore-environment "${environment[@]}" \
        bash -c 'cd "$0" && exec "$@"' "$checkout" "$@"
}

if [[ ${1:-} == within ]]; then
    "$@"
else
    main "$@"
fi
