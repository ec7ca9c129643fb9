"""One private server for the whole session, and fresh databases on it.

A database lives as long as its module, so that a worker that has loaded its framework serves all
tests of the module; a test that needs another asks ``new_database`` for it. Databases and roles go
with the module that has made them, in whatever way: none finds names that another one has taken.
"""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

SCRIPT = Path(__file__).parents[1] / "scripts" / "server.sh"
TEMPLATE = "with_extension"

Connection = psycopg.Connection[tuple[object, ...]]
NewDatabase = Callable[[str], str]

# Warm workers would take their time to leave a database.
_DROP: dict[object, LiteralString] = {
    "database": "drop database {} with (force)",
    "role": "drop role {}",
}

# Aborts and violations of memory: tests end processes by other signals.
_CRASH = re.compile(r"^.*was terminated by signal (4|6|7|8|11)\b", re.MULTILINE)

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def running_server() -> Iterator[str]:
    """Connection string of a superuser; the server also holds a template that has the extension."""
    with TemporaryDirectory(prefix="cerebro-") as folder:
        try:
            dsn = server_script("start", folder).stdout.strip()
            _forget_durability(dsn)
            _create_database(dsn, TEMPLATE, "template1")
            with psycopg.connect(dsn, dbname=TEMPLATE) as connection:
                connection.execute("create extension cerebro_db cascade")
            yield dsn
        finally:
            server_script("stop", folder)
            _require_no_crash(Path(folder, "log").read_text(errors="replace"))


@pytest.fixture(scope="module")
def server(running_server: str) -> Iterator[str]:
    """Connection string of the server's superuser."""
    with psycopg.connect(running_server, autocommit=True) as connection:
        before = _of_the_cluster(connection)
        yield running_server
        for kind, name in _of_the_cluster(connection):
            if (kind, name) not in before:
                statement = sql.SQL(_DROP[kind]).format(sql.Identifier(name))
                connection.execute(statement)


@pytest.fixture(scope="module")
def new_database(server: str) -> NewDatabase:
    """Makes a database out of a template and returns its connection string."""

    def make(template: str) -> str:
        name = f"test_{next(_numbers)}"
        _create_database(server, name, template)
        return make_conninfo(server, dbname=name)

    return make


@pytest.fixture(scope="module")
def dsn(new_database: NewDatabase) -> str:
    """Connection string of the module's database, which has the extension."""
    return new_database(TEMPLATE)


@pytest.fixture(scope="module")
def bare_dsn(new_database: NewDatabase) -> str:
    """Connection string of a database of the module without the extension."""
    return new_database("template1")


@pytest.fixture(scope="module")
def connection(dsn: str) -> Iterator[Connection]:
    """The module's connection, in autocommit."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def server_script(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run scripts/server.sh, which has to succeed."""
    return subprocess.run([SCRIPT, *arguments], check=True, stdout=subprocess.PIPE, text=True)


def _require_no_crash(log: str) -> None:
    """Fail where a process of the server ended by a fault of its own, whichever test has passed,
    and say what the server's log has of it."""
    found = _CRASH.search(log)
    if found:
        before, after = (
            log[: found.start()].splitlines()[-20:],
            log[found.start() :].splitlines()[:40],
        )
        pytest.fail("\n".join(["the server's log:", *before, *after]), pytrace=False)


def _of_the_cluster(connection: Connection) -> list[tuple[object, ...]]:
    """Return kind and name of what all databases share; databases first, since they hold roles."""
    return connection.execute(
        "select 'database', datname from pg_database union all select 'role', rolname from pg_roles"
        " order by 1"
    ).fetchall()


def _forget_durability(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("alter system set {} = off").format(sql.Identifier(setting)))
        connection.execute("select pg_reload_conf()")


def _create_database(dsn: str, name: str, template: str) -> None:
    statement = sql.SQL("create database {} template {}")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
