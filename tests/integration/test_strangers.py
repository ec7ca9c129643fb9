"""What strangers lock or call themselves decides nothing: runs, turns and names are ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from fix_fit import QUICK, fit
from fix_server import Connection
from psycopg import errors

from cerebro_db.testing.callers import Caller, calling, eventually, sessions, status, units

ENDLESS = QUICK.replace("epochs => 1", "epochs => 100000, workers => 1")

# Whatever key a lock could have: of one number or of two, small ones and large ones.
CLASSES = range(52900, 52930)
TAKE = """
select
    pg_try_advisory_lock(class, id), pg_try_advisory_lock_shared(class, 2147483647 - id),
    pg_try_advisory_lock(class::bigint << 32 | id)
from generate_series(%s, %s) class, generate_series(1, 40) id
"""
PRETEND = ("cerebro_db control", "cerebro_db worker")
END_PLANNERS = """
select pg_terminate_backend(pid)
from pg_stat_activity
where application_name = 'cerebro_db control' and datname = current_database()
    and usename <> 'passer_by'
"""


@pytest.fixture(scope="module", autouse=True)
def customers(connection: Connection) -> Connection:
    """The module's connection, with a table and a role that may connect and nothing else."""
    connection.execute("create role passer_by login")
    connection.execute(
        "create table customers as"
        " select a, a % 2 = 0 as b, a * 1.5 as c from generate_series(1, 60) a"
    )
    return connection


@pytest.fixture
def stranger(dsn: str) -> Iterator[Connection]:
    """A session of somebody without any right, who holds all locks that there are."""
    with psycopg.connect(
        dsn, user="passer_by", application_name=PRETEND[0], autocommit=True
    ) as session:
        lock_all(session)
        yield session


def lock_all(session: Connection) -> None:
    session.execute(TAKE.encode(), [CLASSES[0], CLASSES[-1]])


@contextmanager
def training(dsn: str, connection: Connection, run: str) -> Iterator[Caller]:
    """Have a run train, until the block ends."""
    with calling(dsn, lambda caller: fit(caller, run, "customers", "b", ENDLESS)) as caller:
        eventually(lambda: units(connection, run) > 2)
        yield caller


def test_a_search_trains_and_is_dropped(connection: Connection, stranger: Connection) -> None:
    fit(connection, "before", "customers", "b", QUICK)
    assert status(connection, "before") == "finished"
    connection.execute("select cerebro_submit('queued', 'customers', 'b', epochs => 1)")
    assert connection.execute("select cerebro_run_queue()").fetchone() == (1,)
    assert status(connection, "queued") == "finished"
    for run in ("before", "queued"):
        connection.execute("select cerebro_drop(%s)", [run])
    assert connection.execute("select count(*) from cerebro._runs").fetchone() == (0,)


def test_a_run_that_trains_is_nobody_elses(
    dsn: str, connection: Connection, stranger: Connection
) -> None:
    """Whoever held a lock, and lets it go now, has made no difference."""
    with training(dsn, connection, "trains") as caller:
        for disturb in (lambda: None, unlock(stranger), lambda: lock_all(stranger)):
            disturb()
            with pytest.raises(errors.ObjectInUse):
                connection.execute("select cerebro_resume('trains')")
            with pytest.raises(errors.ObjectInUse):
                connection.execute("select cerebro_drop('trains')")
            assert status(connection, "trains") == "running"
        connection.execute("select cerebro_cancel('trains')")
        caller.finish()
    assert isinstance(caller.error, errors.QueryCanceled)
    assert status(connection, "trains") == "cancelled"
    eventually(lambda: dropped(connection, "trains"))
    left = "select count(*) from pg_class where relnamespace = 'cerebro_data'::regnamespace"
    assert connection.execute(left.encode()).fetchone() == (0,)


def unlock(session: Connection) -> Any:
    return lambda: session.execute("select pg_advisory_unlock_all()")


def dropped(connection: Connection, run: str) -> bool:
    """Drop a run, unless its planner's session takes a moment to end."""
    try:
        connection.execute("select cerebro_drop(%s)", [run])
    except errors.ObjectInUse:
        return False
    return True


def test_a_planner_that_was_killed_is_noticed_at_once(
    dsn: str, connection: Connection, stranger: Connection
) -> None:
    with training(dsn, connection, "killed"):
        connection.execute(END_PLANNERS.encode())
        eventually(lambda: status(connection, "killed") == "interrupted")
    connection.execute("select cerebro_stop('killed')")
    assert status(connection, "killed") == "stopped"
    connection.execute("select cerebro_drop('killed')")


def test_a_run_goes_on_after_its_planner_was_killed(
    dsn: str, connection: Connection, stranger: Connection
) -> None:
    with training(dsn, connection, "goes on"):
        connection.execute(END_PLANNERS.encode())
        eventually(lambda: status(connection, "goes on") == "interrupted")
    done = units(connection, "goes on")
    with calling(dsn, lambda caller: caller.execute("select cerebro_resume('goes on')")) as caller:
        eventually(lambda: units(connection, "goes on") > done)
        connection.execute("select cerebro_cancel('goes on')")
        caller.finish()
    assert isinstance(caller.error, errors.QueryCanceled)


def test_turns_are_kept(dsn: str, connection: Connection, stranger: Connection) -> None:
    connection.execute("insert into cerebro.settings (workers) values (1)")
    with training(dsn, connection, "first") as first:
        short = ENDLESS.replace("100000", "2")
        with calling(dsn, lambda caller: fit(caller, "second", "customers", "b", short)) as second:
            behind = "select queued_behind from cerebro.runs where run = 'second'"
            eventually(
                lambda: connection.execute(behind.encode()).fetchone() == ("first (1 of 1 worker)",)
            )
            connection.execute("select cerebro_cancel('first')")
            first.finish()
            second.finish()
            assert second.error is None
    assert status(connection, "second") == "finished"
    connection.execute("delete from cerebro.settings")


def test_nobody_is_taken_for_a_session_of_ours(dsn: str, connection: Connection) -> None:
    """Neither by its name nor by what it locks: not counted, not ended, not believed."""
    connection.execute("delete from cerebro._turns")
    with psycopg.connect(
        dsn, user="passer_by", application_name=PRETEND[1], autocommit=True
    ) as session:
        pid = session.info.backend_pid
        connection.execute(
            "insert into cerebro._workers (pid, keeper, state) values (%s, 0, 'idle')", [pid]
        )
        found = connection.execute("select pid from cerebro._sessions()").fetchall()
        assert (connection.info.backend_pid,) in found
        assert (pid,) not in found
        assert connection.execute("select cerebro._end_idle(%s)", [[pid]]).fetchall() == []
        for refused in (
            "select cerebro._sessions()",
            "table cerebro._turns",
            "table cerebro._names",
            "table cerebro._told",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(refused.encode())


def test_a_planner_that_no_longer_drives_its_run_lets_go_of_it(
    dsn: str, connection: Connection
) -> None:
    with training(dsn, connection, "taken") as caller:
        connection.execute("update cerebro._runs set planner = 'another' where name = 'taken'")
        caller.finish()
    assert isinstance(caller.error, errors.ObjectInUse)
    assert "is no longer driven by this session" in str(caller.error)
    assert status(connection, "taken") == "interrupted"
    eventually(lambda: not sessions(connection, "cerebro_db control"))
    connection.execute("select cerebro_drop('taken')")


@pytest.mark.parametrize("verb", ["cancel", "stop"])
def test_a_run_that_has_ended_cannot_be_ended(dsn: str, connection: Connection, verb: str) -> None:
    """Not even while its planner's session is still there."""
    run = f"ended {verb}"
    fit(connection, run, "customers", "b", QUICK)
    connection.execute(
        "update cerebro._runs set planner ="
        " (select session from cerebro._sessions() where pid = pg_backend_pid()) where name = %s",
        [run],
    )
    with pytest.raises(errors.InvalidParameterValue, match="has ended"):
        connection.execute(f"select cerebro_{verb}(%s)".encode(), [run])
    assert status(connection, run) == "finished"
    wanted = connection.execute("select wanted from cerebro._runs where name = %s", [run])
    assert wanted.fetchone() == ("run",)
