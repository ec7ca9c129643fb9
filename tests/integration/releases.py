"""Databases of released versions, out of dumps that these versions have made."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg


def restore(dsn: str, version: str, dump: str) -> None:
    """Create a version of the extension in an empty database, and read a dump beside this file."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create extension plpython3u")
        connection.execute(f"create extension cerebro_db version '{version}'".encode())
    psql = ["psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1"]
    subprocess.run([*psql, f"--file={Path(__file__).with_name(dump)}", dsn], check=True)
