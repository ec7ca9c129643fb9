#!/usr/bin/env bash
# Removes what install.sh made: the extension's files and the virtual environments. System packages and
# databases stay as they are; DROP EXTENSION is the databases' own affair.
#
# environment: PREFIX, PG_CONFIG (see common.sh)

set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "$0")/common.sh"

become_root "$@"
if pg_config=$(find_pg_config); then
    extension=$("$pg_config" --sharedir)/extension
    rm -f "$extension/cerebro_db.control" "$extension"/cerebro_db--*.sql
fi
if [[ -f $venv/pyvenv.cfg ]]; then
    rm -rf "$venv" "$bench"
    rmdir --ignore-fail-on-non-empty "$prefix"
fi
