"""Workers whose call of the framework goes on when nobody waits for it any more."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest
from fix_server import Connection
from psycopg.rows import namedtuple_row

from cerebro_db.testing.callers import Caller, calling, eventually, sessions, units

FIT = """select cerebro_fit('{}', 'left_rows', 'y', epochs => 100000, workers => 1,
    space => '{{"learning_rate": [0.01]}}', model => '{{"family": "linear"}}')"""
WORKERS = "select pid, run, owner, state from cerebro.workers where state like %s"


@pytest.fixture(scope="module", autouse=True)
def rows(connection: Connection) -> None:
    connection.row_factory = namedtuple_row
    connection.execute(
        "create table left_rows as select i % 7 as a, i % 2 = 0 as y from generate_series(1, 500) i"
    )


def workers(connection: Connection, state: str = "%") -> list[Any]:
    return connection.execute(WORKERS.encode(), [state]).fetchall()


@contextmanager
def frozen(connection: Connection, pid: int) -> Iterator[None]:
    """Have a worker answer nothing, as within a long call of the framework."""
    at_work = "select from pg_stat_activity where pid = %s and state = 'active'"
    os.kill(pid, signal.SIGSTOP)
    try:
        # Not between two units, when nobody waits for it.
        while not connection.execute(at_work.encode(), [pid]).rowcount:
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.01)
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@contextmanager
def training(dsn: str, connection: Connection, run: str) -> Iterator[tuple[Caller, int]]:
    """Have a run at work; give its caller and its worker."""
    statement = FIT.format(run).encode()
    with calling(dsn, lambda session: session.execute(statement)) as caller:
        eventually(lambda: units(connection, run) > 2)
        (worker,) = workers(connection, "working")
        assert (worker.run, worker.owner) == (run, "postgres")
        yield caller, worker.pid
    connection.execute("select cerebro_drop(%s)", [run])


WAYS = {
    "cancel": "select pg_cancel_backend(%s)",
    "terminate": "select pg_terminate_backend(%s)",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_worker_that_answers_no_cancel_is_shown_and_counted(
    dsn: str, connection: Connection, way: str
) -> None:
    with training(dsn, connection, "stuck") as (caller, worker):
        with frozen(connection, worker):
            began = time.monotonic()
            connection.execute(WAYS[way].encode(), [caller.pid])
            caller.finish()
            print(f"{way}: the caller returned after {time.monotonic() - began:.2f} s")
            assert isinstance(caller.error, psycopg.OperationalError)
            (left,) = eventually(lambda: workers(connection, "left"))
            assert (left.pid, left.run, left.owner) == (worker, "stuck", "postgres")
            report = connection.execute("select cerebro._doctor()").fetchone()
            assert report is not None
            assert report[0]["workers_left"] == 1
            connection.execute("insert into cerebro.settings (workers) values (1)")
            try:
                statement = FIT.format("next").replace("100000", "1").encode()
                with calling(dsn, lambda session: session.execute(statement)) as waiting:
                    behind = "select from cerebro.runs where run = 'next' and queued_behind <> ''"
                    eventually(lambda: connection.execute(behind.encode()).rowcount)
                    os.kill(worker, signal.SIGCONT)
                    waiting.finish()
                    assert waiting.error is None
            finally:
                connection.execute("delete from cerebro.settings")
        eventually(lambda: worker not in [found.pid for found in workers(connection)])
        eventually(lambda: not sessions(connection))
    connection.execute("select cerebro_drop('next')")


def test_a_warm_worker_idles_and_is_nobodys_business(dsn: str, connection: Connection) -> None:
    with psycopg.connect(dsn, autocommit=True) as session:
        session.execute(FIT.format("warm").replace("100000", "1").encode())
        (idle,) = workers(connection)
        assert (idle.run, idle.state) == ("warm", "idle")
        session.execute(FIT.format("again").replace("100000", "1").encode())
        assert [(found.pid, found.run) for found in workers(connection)] == [(idle.pid, "again")]
    eventually(lambda: not workers(connection))
    rows = connection.execute("select pid from cerebro._workers").fetchall()
    assert idle.pid in [row.pid for row in rows]
    connection.execute("select cerebro_drop(run) from cerebro.runs")


def test_each_role_sees_its_own(dsn: str, connection: Connection) -> None:
    connection.execute("create role onlooker login")
    connection.execute("select cerebro_grant('onlooker', 'train')")
    with psycopg.connect(dsn, autocommit=True) as session:
        session.execute(FIT.format("mine").replace("100000", "1").encode())
        with psycopg.connect(dsn, user="onlooker", autocommit=True) as other:
            assert other.execute("select pid from cerebro.workers").fetchall() == []
        assert len(workers(connection)) == 1
    connection.execute("select cerebro_revoke('onlooker')")
    connection.execute("drop role onlooker")
    connection.execute("select cerebro_drop('mine')")
