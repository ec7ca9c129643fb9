"""Databases of released versions, out of dumps that these versions have made."""

from __future__ import annotations

import subprocess
from pathlib import Path

import lived_in
import psycopg

DUMPS = {"0.1.0": "first_release.sql", "0.2.0": "second_release.sql"}


def restore(dsn: str, version: str) -> None:
    """Create a version of the extension in an empty database, and read its dump into it."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        lived_in.create_roles(connection)
        connection.execute("create extension plpython3u")
        connection.execute(f"create extension cerebro_db version '{version}'".encode())
    psql = ["psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1"]
    dump = Path(__file__).with_name(DUMPS[version])
    subprocess.run([*psql, f"--file={dump}", dsn], check=True)
