"""A worker that is cancelled, or whose client goes, while it imports the framework."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fix_server import Connection
from psycopg import errors

from cerebro_db.testing.callers import Caller, calling, eventually

START = "select cerebro._start_worker(1, 0, 'tensorflow')"


@pytest.fixture
def importing(dsn: str) -> Iterator[Caller]:
    """A session in the midst of importing TensorFlow."""
    with calling(dsn, start) as caller:
        eventually(lambda: "libtensorflow" in Path(f"/proc/{caller.pid}/maps").read_text())
        yield caller


def start(session: Connection) -> bool:
    session.execute("set jit = off; set client_connection_check_interval = '500ms'")
    session.execute(START.encode())
    return True


def test_a_cancel_ends_the_import(connection: Connection, importing: Caller) -> None:
    connection.execute("select pg_cancel_backend(%s)", [importing.pid])
    importing.finish()
    assert isinstance(importing.error, errors.QueryCanceled)
    assert importing.result is None
    # What is there of TensorFlow is of no use, and says so.
    for statement in (START, "select cerebro._hold(1, false, 0, 0, '')"):
        with pytest.raises(psycopg.Error) as refusal:
            importing.connection.execute(statement.encode())
        assert refusal.value.sqlstate == "CB002"


def test_a_client_that_goes_takes_it_along(connection: Connection, importing: Caller) -> None:
    importing.connection.pgconn.finish()
    found = "select pid from pg_stat_activity where pid = %s"
    eventually(lambda: not connection.execute(found.encode(), [importing.pid]).fetchall())
