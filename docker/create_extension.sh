#!/usr/bin/env bash
# Run once by the image's entry point, when it has made the database.

set -euo pipefail

psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
    --command='create extension cerebro_db cascade'
