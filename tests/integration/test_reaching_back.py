"""How sessions of ours reach a server without a socket, and that each failure says its own reason.

The server is one of the test's own. It lets nobody write temporary files, and has little memory.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from tempfile import TemporaryDirectory

import psycopg
import pytest
from fix_fit import QUICK, fit
from fix_server import Connection, server_script
from psycopg.errors import ConfigurationLimitExceeded
from psycopg.errors import SqlclientUnableToEstablishSqlconnection as NoConnection

from cerebro_db.testing.calls import drop, evaluate, prepare, rows


@pytest.fixture(scope="module")
def dsn() -> Iterator[str]:
    """Connection string of a superuser."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = [
        *("listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={port}"),
        *("temp_file_limit=0", "work_mem=64kB", "fsync=off"),
    ]
    with TemporaryDirectory(prefix="cerebro-") as name:
        try:
            yield server_script("start", name, *settings).stdout.strip()
        finally:
            server_script("stop", name)


@pytest.fixture(scope="module")
def connection(dsn: str) -> Iterator[Connection]:
    """A connection to a database with the extension and a table."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create extension cerebro_db cascade")
        connection.execute(
            "create table t as select a, a % 2 = 0 as b from generate_series(1, 60) a"
        )
        yield connection


@pytest.fixture
def state(connection: Connection) -> Iterator[Connection]:
    """The connection, and a row in cerebro.connection for the length of a test."""
    connection.execute("insert into cerebro.connection default values")
    yield connection
    connection.execute("delete from cerebro.connection")


def test_verbs_go_by_tcp_where_there_is_no_socket(connection: Connection) -> None:
    fit(connection, "run", "t", "b", QUICK)
    assert evaluate(connection, "run", "t")["rows"] == 60
    drop(connection, "run")
    assert rows(connection, "select run from cerebro.runs") == []


def test_what_the_server_forbids_is_said_in_its_words(connection: Connection) -> None:
    query = "select *, repeat('x', 1000) as c from t, generate_series(1, 500) g order by c, a"
    with pytest.raises(ConfigurationLimitExceeded, match="temp_file_limit"):
        prepare(connection, "large", query, "b")


@pytest.mark.parametrize(
    ("stated", "reason", "hint"),
    [
        ("host = '/nowhere'", "No such file", "where the server listens"),
        ("port = 1", "refused", "where the server listens"),
        ("username = 'nobody'", 'role "nobody" does not exist', "pg_hba.conf"),
        ("username = 'many'", "too many connections", "max_connections"),
    ],
)
def test_who_is_not_let_in_hears_why(
    state: Connection, stated: str, reason: str, hint: str
) -> None:
    state.execute("drop role if exists many")
    state.execute("create role many login connection limit 0")
    state.execute(f"update cerebro.connection set {stated}".encode())
    with pytest.raises(NoConnection, match="cannot connect back") as raised:
        prepare(state, "never", "t", "b")
    assert reason in str(raised.value.diag.message_detail)
    assert hint in str(raised.value.diag.message_hint)


def test_a_session_that_cannot_be_set_up_says_so(state: Connection) -> None:
    state.execute("create role stranger login")
    state.execute("update cerebro.connection set username = 'stranger'")
    with pytest.raises(NoConnection, match="cannot set up a session") as raised:
        prepare(state, "never", "t", "b")
    assert 'set role "cerebro_worker"' in str(raised.value.diag.message_detail)
    assert "member of cerebro_worker" in str(raised.value.diag.message_hint)


def test_a_server_that_listens_nowhere_cannot_be_reached(dsn: str, connection: Connection) -> None:
    connection.execute("create database nowhere")
    with psycopg.connect(dsn, dbname="nowhere", autocommit=True) as other:
        other.execute("create extension cerebro_db cascade")
        other.execute(
            "create or replace function cerebro._loopback(out service text, out passfile text,"
            ' out host text, out port text, out "user" text, out dbname text,'
            " out installation oid) language sql as $$ select null::text, null::text, null::text,"
            " '5432', 'postgres', 'nowhere', 1::oid $$"
        )
        with pytest.raises(NoConnection) as raised:
            prepare(other, "never", "(select 1 as a, 2 as b)", "b")
    assert "listens nowhere" in str(raised.value.diag.message_detail)
