"""Searches that are handed to a service with warm workers: what is the same, and who may die."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fix_docs import let_train
from fix_fit import give_up_soon
from psycopg import errors
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

from cerebro_db.testing.callers import Caller, eventually, sessions, status, units
from cerebro_db.testing.calls import drop, rows, value
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import kept_states

PROGRAM = Path(sys.executable).with_name("cerebro-db")
FIT = """select * from cerebro_fit(%s, 'rows', 'y', epochs => %s, workers => 1,
    model => '{"family": "linear"}', space => '{"learning_rate": [0.01, 0.02]}', options => %s)"""
HOPELESS = """select cerebro_fit('hopeless', 'rows', 'b', workers => 1, epochs => 1,
    model => '{"family": "mlp", "optimizer": "sgd"}', space => '{"learning_rate": [1e20]}'"""
ENDLESS = 100_000
WARM = "select count(*) from cerebro.workers where state = 'warm'"


def connect(dsn: str, **more: Any) -> Connection:
    return psycopg.connect(dsn, autocommit=True, row_factory=namedtuple_row, **more)


@pytest.fixture(scope="module")
def connection(dsn: str) -> Iterator[Connection]:
    """The module's connection, with rows to search on, one worker to be kept warm, and a role."""
    with connect(dsn) as connection:
        connection.execute(
            "create table rows as select i % 7 as a, (i * 7919) % 104729 as b, i % 2 = 0 as y"
            " from generate_series(1, 2000) i"
        )
        let_train(connection, "hana")
        connection.execute("grant select on rows to hana")
        connection.execute("insert into cerebro.settings (warm) values (1)")
        yield connection


@contextmanager
def serving(dsn: str, connection: Connection) -> Iterator[subprocess.Popen[str]]:
    """Have a service run, which has a warm worker."""
    with subprocess.Popen([str(PROGRAM), "worker", "--dsn", dsn], text=True) as service:
        try:
            eventually(lambda: value(connection, WARM))
            yield service
        finally:
            service.send_signal(signal.SIGTERM)


@pytest.fixture(scope="module")
def shared(dsn: str, connection: Connection, alone: list[Any]) -> Iterator[None]:
    """The module's service, once it was seen what there is without one."""
    with serving(dsn, connection):
        yield


@pytest.fixture
def service(connection: Connection, shared: None) -> None:
    """A service that idles, with a warm worker: it has none left after a cancel."""
    eventually(lambda: value(connection, WARM))


@pytest.fixture(autouse=True)
def empty(connection: Connection) -> Iterator[None]:
    """No run is left."""
    yield
    for (run,) in rows(connection, "select run from cerebro.runs where run <> 'alone'"):
        drop(connection, run)
    assert value(connection, "select count(*) from cerebro._told") == 0


@pytest.fixture(scope="module")
def alone(dsn: str, connection: Connection) -> list[Any]:
    """What a caller gets that drives its search itself."""
    with connect(dsn) as caller:
        return fit(caller, "alone", 3)


def fit(caller: Connection, run: str, epochs: int = 1, **options: Any) -> list[Any]:
    return caller.execute(FIT, [run, epochs, Jsonb(options)]).fetchall()


@contextmanager
def searching(
    dsn: str, connection: Connection, run: str, epochs: int = ENDLESS, **options: Any
) -> Iterator[Caller]:
    """Have a caller wait for a search that trains already."""
    with connect(dsn) as session:
        caller = Caller(session, lambda session: fit(session, run, epochs, **options))
        eventually(lambda: units(connection, run) > 3)
        yield caller
        caller.finish()


def outcome(board: list[Any]) -> list[Any]:
    return [(row.config, row.params, row.value, row.loss, row.status) for row in board]


def states(connection: Connection, run: str) -> dict[int, bytes]:
    return {number: kept.state for number, kept in kept_states(connection, run).items()}


def driven_by_the_service(connection: Connection, run: str) -> bool:
    return bool(value(connection, "select submitted from cerebro.runs where run = %s", run))


def killed(connection: Connection, pid: int) -> None:
    connection.execute("select pg_terminate_backend(%s)", [pid])
    eventually(lambda: not rows(connection, "select from pg_stat_activity where pid = %s", pid))


def test_a_service_serves_those_whose_rights_it_has(dsn: str, connection: Connection) -> None:
    with serving(f"{dsn} user=hana", connection):
        for user, handed in (("hana", True), ("postgres", False)):
            with connect(dsn, user=user) as session:
                fit(session, user)
            assert driven_by_the_service(connection, user) == handed


def test_nothing_ends_a_service_that_waits(dsn: str, connection: Connection) -> None:
    """Neither what its role has for people's sessions, nor that it can have no workers ready."""
    listens = """select from pg_stat_activity
        where usename = 'hana' and state = 'idle' and query like 'listen%'
            and clock_timestamp() - state_change > '3s'"""
    connection.execute("alter function cerebro._keep_warm() rename to _as_in_older_versions")
    connection.execute("alter role hana set idle_session_timeout = '500ms'")
    try:
        with subprocess.Popen([str(PROGRAM), "worker", "--dsn", f"{dsn} user=hana"]) as service:
            try:
                eventually(lambda: service.poll() is not None or rows(connection, listens))
                assert service.poll() is None
            finally:
                service.send_signal(signal.SIGTERM)
    finally:
        connection.execute("alter role hana reset idle_session_timeout")
        connection.execute("alter function cerebro._as_in_older_versions() rename to _keep_warm")


@pytest.fixture
def trainer(connection: Connection) -> Iterator[str]:
    """A role that all workers log in as."""
    connection.execute("create role trainer login in role cerebro_worker")
    connection.execute("insert into cerebro.connection (username) values ('trainer')")
    yield "trainer"
    connection.execute("delete from cerebro.connection")
    theirs = "select from pg_stat_activity where usename = 'trainer'"
    eventually(lambda: not rows(connection, theirs))
    connection.execute("drop role trainer")


def test_a_run_that_a_shortage_interrupts_is_its_callers(
    dsn: str, connection: Connection, trainer: str
) -> None:
    def serve(session: Connection) -> Any:
        return eventually(lambda: value(session, "select cerebro_run_queue(1)"))

    with connect(dsn) as session:
        give_up_soon(session)
        assert value(session, "select cerebro._keep_warm()") == 1
        service = Caller(session, serve)
        with searching(dsn, connection, "short") as caller:
            connection.execute(f"alter role {trainer} connection limit 0".encode())
            killed(
                connection,
                value(connection, "select pid from cerebro.workers where state = 'working'"),
            )
        service.finish()
        assert service.result == 1
        assert caller.error is not None
        assert 'too many connections for role "trainer"' in str(caller.error.diag.message_detail)
        assert status(connection, "short") == "interrupted"
        connection.execute(f"alter role {trainer} connection limit -1".encode())
        assert value(session, "select cerebro_run_queue(1)") == 0


def test_whoever_is_cold_leaves_a_run_to_its_caller(dsn: str, connection: Connection) -> None:
    with connect(dsn) as cold, connect(dsn) as warm:
        assert value(warm, "select cerebro._keep_warm()") == 1
        with connect(dsn) as session:
            caller = Caller(session, lambda session: fit(session, "left alone"))
            there = "select from cerebro.runs where run = 'left alone'"
            eventually(lambda: rows(connection, there))
            assert value(cold, "select cerebro_run_queue(1)") == 0
            caller.finish()
    assert caller.error is None
    assert driven_by_the_service(connection, "left alone")


@pytest.mark.parametrize("strike", ["the program", "its session", "its planner"])
def test_a_caller_goes_on_where_the_service_dies(
    dsn: str, connection: Connection, strike: str
) -> None:
    strikes: dict[str, Callable[[subprocess.Popen[str]], None]] = {
        "the program": lambda service: service.kill(),
        "its session": lambda _: killed(connection, keeper(connection)),
        "its planner": lambda _: killed(connection, planner(connection, "torn")),
    }
    with serving(dsn, connection) as service:
        with searching(dsn, connection, "torn", 60) as caller:
            strikes[strike](service)
        service.kill()
    assert caller.error is None
    assert units(connection, "torn") == 60 * 2 * 2
    assert {row.status for row in caller.result} == {"finished"}
    assert outcome(caller.result) == outcome(fit(connection, "whole", 60))
    assert states(connection, "torn") == states(connection, "whole")


@pytest.mark.usefixtures("service")
def test_it_is_as_without_the_service(dsn: str, connection: Connection, alone: list[Any]) -> None:
    told: list[str | None] = []
    with connect(dsn) as caller:
        caller.add_notice_handler(lambda notice: told.append(notice.message_primary))
        before = sessions(connection, "cerebro_db worker")
        board = fit(caller, "handed", 3, notices="all")
        assert sessions(connection, "cerebro_db worker") == before
    assert outcome(board) == outcome(alone)
    assert states(connection, "handed") == states(connection, "alone")
    assert driven_by_the_service(connection, "handed")
    assert not driven_by_the_service(connection, "alone")
    # What is told of rows comes from the caller's session, of epochs from the service's.
    lines = [line for line in told if line and line.startswith("handed: ")]
    assert "prepared" in lines[0]
    assert "ranked by" in lines[1]
    assert len([line for line in lines if " epoch " in line]) == 2 * 3


@pytest.mark.usefixtures("service")
def test_errors_are_those_of_the_run(dsn: str, connection: Connection) -> None:
    found = []
    # Workers of a service have one thread.
    for handed, options in ((True, ""), (False, """, options => '{"threads": 2}'""")):
        with connect(dsn) as caller, pytest.raises(errors.ExternalRoutineException) as caught:
            caller.execute(f"{HOPELESS}{options})".encode())
        assert driven_by_the_service(connection, "hopeless") == handed
        drop(connection, "hopeless")
        diag = caught.value.diag
        found.append((diag.message_primary, diag.message_detail, diag.message_hint))
    assert found[0] == found[1]
    assert all(found[0])


@pytest.mark.usefixtures("service")
def test_a_cancelled_caller_cancels_the_run(dsn: str, connection: Connection) -> None:
    with searching(dsn, connection, "long") as caller:
        connection.execute("select pg_cancel_backend(%s)", [caller.pid])
    assert isinstance(caller.error, errors.QueryCanceled)
    said = caller.error.diag.message_primary or ""
    assert said.endswith("canceling statement due to user request")
    eventually(lambda: status(connection, "long") == "cancelled")


@pytest.mark.usefixtures("service")
def test_a_run_that_others_cancel_says_so_to_its_caller(dsn: str, connection: Connection) -> None:
    with searching(dsn, connection, "long") as caller:
        connection.execute("select cerebro_cancel('long')")
    assert isinstance(caller.error, errors.QueryCanceled)
    assert caller.error.diag.message_detail == "Somebody called cerebro_cancel."


@pytest.mark.usefixtures("service")
def test_a_run_outlives_its_caller(dsn: str, connection: Connection) -> None:
    with searching(dsn, connection, "left", 300) as caller:
        killed(connection, caller.pid)
    assert value(connection, "select cerebro_wait('left')") == "finished"
    assert units(connection, "left") == 300 * 2 * 2


@pytest.mark.usefixtures("service")
def test_a_run_that_is_not_to_outlive_its_caller(dsn: str, connection: Connection) -> None:
    with searching(dsn, connection, "tied", when_caller_leaves="cancel") as caller:
        killed(connection, caller.pid)
    assert value(connection, "select cerebro_wait('tied')") == "cancelled"
    error = value(connection, "select error from cerebro.runs where run = 'tied'")
    assert error == 'run "tied" was cancelled: its caller has left'
    # Whoever goes on with it is its caller.
    row = rows(connection, "select 1 from cerebro_resume('tied', null, null) limit 0")
    assert row == []


@pytest.mark.usefixtures("service")
def test_whoever_finds_the_service_busy_does_it_alone(dsn: str, connection: Connection) -> None:
    with searching(dsn, connection, "first") as first:
        with connect(dsn) as session:
            assert outcome(fit(session, "second"))
        assert not driven_by_the_service(connection, "second")
        assert first.is_alive()
        connection.execute("select cerebro_stop('first')")
    assert first.error is None
    assert {row.status for row in first.result} == {"stopped"}


@pytest.fixture
def two_warm(connection: Connection, service: None) -> Iterator[None]:
    """The service has two workers warm."""
    connection.execute("update cerebro.settings set warm = 2")
    eventually(lambda: value(connection, WARM) == 2)
    yield
    connection.execute("update cerebro.settings set warm = 1, workers = null")


@pytest.mark.usefixtures("two_warm")
def test_a_service_is_busy_that_has_workers_left(dsn: str, connection: Connection) -> None:
    with searching(dsn, connection, "first"):
        with connect(dsn) as session:
            assert outcome(fit(session, "second"))
        assert not driven_by_the_service(connection, "second")
        connection.execute("select cerebro_stop('first')")


@pytest.mark.usefixtures("two_warm")
def test_lower_bounds_hold_for_workers_that_are_warm(connection: Connection) -> None:
    connection.execute("update cerebro.settings set workers = 1")
    eventually(lambda: value(connection, WARM) == 1)
    connection.execute("update cerebro.settings set workers = null, warm = null")
    eventually(lambda: value(connection, WARM) == 0)


@pytest.mark.usefixtures("service")
def test_rows_that_are_not_committed_are_trained_on(dsn: str, connection: Connection) -> None:
    with psycopg.connect(dsn, row_factory=namedtuple_row) as caller:
        caller.execute("create table fresh as select * from rows")
        board = caller.execute(FIT.replace("'rows'", "'fresh'"), ["fresh", 1, Jsonb({})]).fetchall()
        assert outcome(board)
        caller.rollback()
    assert status(connection, "fresh") == "finished"
    assert driven_by_the_service(connection, "fresh")


@pytest.mark.usefixtures("service")
def test_a_lock_of_the_callers_does_not_have_it_wait_for_ever(
    dsn: str, connection: Connection
) -> None:
    with psycopg.connect(dsn, row_factory=namedtuple_row) as caller:
        caller.execute("lock table cerebro._units in share mode")
        with pytest.raises(errors.DeadlockDetected, match="which this transaction has locked"):
            fit(caller, "locked")
    assert value(connection, "select cerebro_wait('locked')") == "finished"


@pytest.mark.usefixtures("service")
def test_where_others_have_the_workers_it_waits_its_turn(dsn: str, connection: Connection) -> None:
    connection.execute("update cerebro.settings set workers = 1, when_full = 'refuse'")
    try:
        with searching(dsn, connection, "first"):
            with connect(dsn) as session, pytest.raises(errors.ConfigurationLimitExceeded):
                fit(session, "second")
            connection.execute("select cerebro_stop('first')")
    finally:
        connection.execute("update cerebro.settings set workers = null, when_full = null")


def keeper(connection: Connection) -> int:
    return int(value(connection, "select keeper from cerebro.workers where state = 'working'"))


def planner(connection: Connection, run: str) -> int:
    return int(
        value(
            connection,
            "select s.pid from cerebro._sessions() s join cerebro._runs r on r.planner = s.session"
            " where r.name = %s",
            run,
        )
    )
