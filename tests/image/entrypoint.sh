#!/usr/bin/env bash
# Stands in for the entry point of the official image where no registry can be reached. It does what our
# image relies on, and nothing else: it makes the database in PGDATA once, of POSTGRES_USER,
# POSTGRES_PASSWORD and POSTGRES_DB, runs what lies in /docker-entrypoint-initdb.d on a server that
# nobody reaches from outside, and becomes the server. Started by root, it goes on as postgres.

set -euo pipefail

main() {
    if ((EUID == 0)); then
        mkdir -p "$PGDATA"
        find "$PGDATA" ! -user postgres -exec chown postgres {} +
        exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
    fi
    [[ -s $PGDATA/PG_VERSION ]] || create
    exec "$@"
}

create() {
    : "${POSTGRES_PASSWORD:?the superuser of a new database needs a password}"
    export POSTGRES_USER=${POSTGRES_USER:-postgres}
    export POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
    initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile=<(echo "$POSTGRES_PASSWORD")
    pg_ctl start --pgdata="$PGDATA" --wait --options="-c listen_addresses=''"
    [[ $POSTGRES_DB == postgres ]] ||
        createdb --username="$POSTGRES_USER" --maintenance-db=postgres "$POSTGRES_DB"
    local script
    for script in /docker-entrypoint-initdb.d/*; do
        [[ $script != *.sh ]] || "$script"
    done
    pg_ctl stop --pgdata="$PGDATA" --wait --mode=fast
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
}

main "$@"
