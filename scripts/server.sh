#!/usr/bin/env bash
# A private PostgreSQL server: its own data folder, reached over a socket in it that only its owner (and
# root) may open, no TCP. No other server is ever touched. Run by root, it belongs to user postgres.
#
# usage: scripts/server.sh start [DIR [SETTING=VALUE]...]
#                                           prints how to connect; starts it only if need be
#        scripts/server.sh stop [DIR]
#        scripts/server.sh status [DIR]    fails where it does not run
#        scripts/server.sh psql [DIR]
# environment: PG_CONFIG (see common.sh)

set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "$0")/common.sh"

main() {
    pg_config=$(find_pg_config) || die "there is no PostgreSQL: run make install"
    bin=$("$pg_config" --bindir)
    if ((EUID == 0)); then
        owner=postgres
        dir=/var/lib/cerebro_db/server
    else
        owner=$(id -un)
        dir=${XDG_DATA_HOME:-$HOME/.local/share}/cerebro_db/server
    fi
    dir=$(realpath --canonicalize-missing "${2:-$dir}")
    socket=$dir/socket
    more=("${@:3}")
    check_folder
    place_as_stated
    ! place_as_it_runs || answers || place_as_stated

    case ${1:-} in
        start) start ;;
        stop) stop ;;
        status) status ;;
        psql) exec "$bin/psql" "$(connection)" ;;
        *) die "usage: scripts/server.sh start|stop|status|psql [DIR]" ;;
    esac
}

check_folder() {
    # It stands unquoted in settings and connection strings, and the kernel bounds a socket's path.
    [[ $dir =~ ^[[:alnum:]/._+-]+$ ]] || die "the server's folder has unusual characters: $dir"
    local file=$socket/.s.PGSQL.65535
    ((${#file} <= 107)) || die "the server's folder has too long a path for a socket: $dir"
}

# Where the server listens: as the settings say with which it is to be started,
place_as_stated() {
    port=$(stated port 5432)
    host=$(stated unix_socket_directories "$socket")
    host=${host:-$(stated listen_addresses '')}
}

# or as it was started. Fails where it never was, or was stopped.
place_as_it_runs() {
    local file=$dir/data/postmaster.pid lines
    [[ -r $file ]] || return 1
    mapfile -t lines <"$file"
    port=${lines[3]}
    host=${lines[4]:-${lines[5]}}
}

# Prints the value of a setting among those that were given.
stated() {
    local value=$2 one
    for one in "${more[@]}"; do
        [[ $one != "$1="* ]] || value=${one#*=}
    done
    echo "$value"
}

# Nobody connects to all addresses.
reached() {
    local first=${host%%,*}
    case $first in
        '*' | 0.0.0.0) echo 127.0.0.1 ;;
        ::) echo ::1 ;;
        *) echo "$first" ;;
    esac
}

connection() {
    echo "host=$(reached) port=$port user=postgres dbname=cerebro"
}

start() {
    [[ -f $dir/data/PG_VERSION ]] || create
    if ! answers; then
        as_owner "$bin/pg_ctl" start --pgdata="$dir/data" --log="$dir/log" --wait --silent \
            --options="$(settings)" >/dev/null || {
            tail -n 20 "$dir/log" >&2
            die "the server in $dir did not start"
        }
    fi
    if [[ -z $(run_sql "select 1 from pg_database where datname = 'cerebro'") ]]; then
        run_sql 'create database cerebro'
    fi
    connection
}

create() {
    [[ -z $(ls -A "$dir" 2>/dev/null) ]] || die "$dir holds something else: name another folder"
    install -d -m 0700 -o "$owner" "$dir" "$socket"
    as_owner "$bin/initdb" --pgdata="$dir/data" --username=postgres --auth=trust \
        --encoding=UTF8 --locale=C.UTF-8 >/dev/null
}

settings() {
    printf -- '-c %s ' listen_addresses='' port=5432 \
        unix_socket_directories="$socket" unix_socket_permissions=0700 \
        shared_buffers=256MB max_wal_size=2GB "${more[@]}"
}

# Not by the pid file: after a crash its number may be another program's by now.
answers() {
    "$bin/pg_isready" --quiet --host="$(reached)" --port="$port"
}

stop() {
    answers || return 0
    as_owner "$bin/pg_ctl" stop --pgdata="$dir/data" --mode=fast --wait --silent
}

status() {
    answers || die "no server runs in $dir"
    connection
}

run_sql() {
    "$bin/psql" "$(connection) dbname=postgres" --no-psqlrc --quiet --tuples-only --command="$1"
}

# The server inherits nothing of the caller's environment, and root's folder is not the owner's.
as_owner() {
    local clean=(env --ignore-environment "PATH=$PATH" "HOME=$dir" LANG=C.UTF-8)
    cd /
    if ((EUID == 0)); then
        runuser --user "$owner" -- "${clean[@]}" "$@"
    else
        "${clean[@]}" "$@"
    fi
}

main "$@"
