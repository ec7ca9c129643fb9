# shellcheck shell=bash disable=SC2034
# Where things are, for the scripts beside this one. Sourced, not run.
#
#   PREFIX     the folder of the virtual environments, /opt/cerebro_db unless set
#   PG_CONFIG  the server to work with; unless set, the newest of Debian's and Ubuntu's layout

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
prefix=${PREFIX:-/opt/cerebro_db}
venv=$prefix/venv
bench=$prefix/bench

say() {
    printf 'cerebro_db: %s\n' "$*" >&2
}

die() {
    say "$@"
    exit 1
}

# Prints the path of pg_config; fails where there is no server.
find_pg_config() {
    local newest
    if [[ -n ${PG_CONFIG:-} ]]; then
        command -v "$PG_CONFIG" || die "PG_CONFIG=$PG_CONFIG is not a program"
        return
    fi
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
    [[ -x $newest ]] && echo "${newest%/*}/pg_config"
}

# Runs the calling script again as root, with its arguments, unless it is root already.
become_root() {
    ((EUID == 0)) && return
    command -v sudo >/dev/null || die "this needs root: run it as root, or install sudo"
    exec sudo -- env PREFIX="$prefix" PG_CONFIG="${PG_CONFIG:-}" \
        FRAMEWORKS="${FRAMEWORKS:-}" "$0" "$@"
}
