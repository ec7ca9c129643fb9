"""A PostgreSQL server for these tests: a private one, or that of CEREBRO_TEST_DSN_LOCAL."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cerebro_db.session.client import ClientSession

_BINARIES = Path(os.environ.get("PG_BINDIR", "/usr/lib/postgresql/15/bin"))


@pytest.fixture(scope="session")
def dsn() -> Iterator[str]:
    if stated := os.environ.get("CEREBRO_TEST_DSN_LOCAL"):
        yield stated
        return
    # A short path: a socket's name may have some hundred bytes only.
    folder = Path(tempfile.mkdtemp(prefix="cerebro-dataset-", dir="/tmp"))
    # PostgreSQL does not run as root.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")
    data = folder / "data"

    def command(name: str, *arguments: str) -> None:
        subprocess.run(
            [*as_user, str(_BINARIES / name), "-D", str(data), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )

    command("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    command("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"host={folder} user=postgres dbname=postgres"
    finally:
        command("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture
def session(dsn: str) -> Iterator[ClientSession]:
    """A session in a transaction that is rolled back."""
    with psycopg.connect(dsn) as connection:
        yield ClientSession(connection)
        connection.rollback()
