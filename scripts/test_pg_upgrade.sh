#!/usr/bin/env bash
# Takes this machine from Debian 12 with PostgreSQL 15 to a newer Debian and its PostgreSQL, as an
# administrator would, with a database that has been lived in: by pg_upgrade, and by a dump. For a machine
# that is thrown away afterwards; `scripts/test_debian.sh SUITE pg_upgrade` makes one and runs this in it.
#
# usage: scripts/test_pg_upgrade.sh SUITE

set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "$0")/common.sh"

main() {
    [[ $# -eq 1 ]] || die "usage: scripts/test_pg_upgrade.sh SUITE"
    ((EUID == 0)) || die "run this as root"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cd "$root"

    scripts/install.sh test
    old=$(newest)
    say "filling a database of PostgreSQL $old"
    pg_createcluster "$old" main -- --auth-local=trust >/dev/null
    pg_ctlcluster "$old" main start
    psql --quiet --command='create database shop' "$(dsn_of "$old" postgres)"
    psql --quiet --command='create extension cerebro_db cascade' "$(dsn_of "$old" shop)"
    PYTHONPATH=$root:$root/tests "$venv/bin/python" tests/integration/moved.py \
        "$(dsn_of "$old" shop)" "$work/notes"

    say "upgrading Debian $(</etc/debian_version) to $1"
    pg_ctlcluster "$old" main stop
    logged upgrade_debian "$1"
    scripts/install.sh test
    new=$(newest)
    local method
    for method in upgrade dump; do
        say "taking it to PostgreSQL $new by pg_upgradecluster --method=$method"
        logged pg_upgradecluster --method="$method" -v "$new" "$old" main
        # Debian's script restores rows apart from the schema, which fills no materialized view.
        [[ $method != dump ]] ||
            psql --quiet --command='refresh materialized view saved_scores' "$(dsn_of "$new" shop)"
        CEREBRO_MOVED=$(dsn_of "$new" shop) CEREBRO_MOVED_NOTES=$work/notes \
            "$venv/bin/python" -m pytest --quiet -p no:cacheprovider tests/integration/moved.py
        pg_dropcluster --stop "$new" main
    done
}

# Prints the newest version of PostgreSQL that is installed.
newest() {
    find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort --version-sort | tail -n 1
}

# Prints how to connect to a database of the cluster of a version, the first argument.
dsn_of() {
    local port
    port=$(pg_lsclusters --no-header | awk -v version="$1" '$1 == version { print $3 }')
    echo "host=/var/run/postgresql port=$port user=postgres dbname=$2"
}

# Certificates that the machine was given stay, where Debian would replace them by its own.
upgrade_debian() {
    export DEBIAN_FRONTEND=noninteractive
    cp /etc/ssl/certs/ca-certificates.crt "$work/certificates" &&
        sed --in-place "s/bookworm/$1/g" /etc/apt/sources.list &&
        apt-get --quiet update &&
        apt-get --quiet --yes --option Dpkg::Options::=--force-confold full-upgrade &&
        cp "$work/certificates" /etc/ssl/certs/ca-certificates.crt
}

# Runs a command that is worth reading only when it fails.
logged() {
    "$@" </dev/null >"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; die "failed: $*"; }
}

main "$@"
