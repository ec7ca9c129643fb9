"""The queue: submitted runs, those who run them, and those who wait for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from fix_docs import let_train
from psycopg import errors
from psycopg.rows import namedtuple_row

from cerebro_db.testing.callers import Caller, eventually, status, units
from cerebro_db.testing.database import Connection

SUBMIT = """select cerebro_submit(%s, 'rows', 'y', epochs => %s, workers => 1,
    model => '{"family": "linear"}', space => '{"learning_rate": [0.01]}')"""
HOPELESS = """select cerebro_submit('hopeless', 'select a, b from rows', 'b', workers => 1,
    model => '{"family": "mlp", "optimizer": "sgd"}', space => '{"learning_rate": [1e20]}')"""
RUN_QUEUE = b"select cerebro_run_queue()"

RunQueue = Callable[..., Caller]


@pytest.fixture(scope="module")
def connection(dsn: str) -> Iterator[Connection]:
    """The module's connection, with rows to search on, and a role that may."""
    with psycopg.connect(dsn, autocommit=True, row_factory=namedtuple_row) as connection:
        let_train(connection, "eve")
        connection.execute(
            "create table rows as select i % 7 as a, (i * 7919) % 104729 as b, i % 2 = 0 as y"
            " from generate_series(1, 2000) i"
        )
        connection.execute("grant select on rows to eve")
        yield connection


@pytest.fixture(autouse=True)
def empty(connection: Connection) -> Iterator[None]:
    """No runs are left."""
    yield
    connection.execute("select cerebro_drop(run) from cerebro.runs")


@pytest.fixture(scope="module")
def warm() -> Iterator[list[Connection]]:
    """Sessions that no test uses now; their workers are warm, which takes seconds."""
    sessions: list[Connection] = []
    yield sessions
    for session in sessions:
        session.close()


@pytest.fixture
def run_queue(dsn: str, warm: list[Connection]) -> Iterator[RunQueue]:
    """Has callers run the queue, each in a session that no other one uses meanwhile."""
    with ExitStack() as stack:

        def run(user: str = "postgres") -> Caller:
            idle = [session for session in warm if session.info.user == user]
            if idle:
                warm.remove(session := idle[0])
            else:
                session = psycopg.connect(
                    dsn, user=user, autocommit=True, row_factory=namedtuple_row
                )
            caller = Caller(session, lambda session: session.execute(RUN_QUEUE).fetchone())
            stack.callback(end, caller, warm)
            return caller

        yield run


def end(caller: Caller, warm: list[Connection]) -> None:
    if caller.is_alive():
        caller.connection.cancel_safe()
    caller.finish()
    if caller.error is None:
        warm.append(caller.connection)
    else:
        caller.connection.close()


def submit(connection: Connection, run: str, epochs: int = 1) -> int:
    row = connection.execute(SUBMIT.encode(), [run, epochs]).fetchone()
    assert row is not None
    return int(row[0])


def runs(connection: Connection, columns: str) -> list[Any]:
    return connection.execute(
        f"select {columns} from cerebro.runs order by started nulls last, created".encode()
    ).fetchall()


def test_what_is_submitted_is_run_in_its_order_and_as_cerebro_fit_would(
    connection: Connection, run_queue: RunQueue
) -> None:
    numbers = [submit(connection, run, 3) for run in ("b", "a")]
    assert numbers == sorted(numbers)
    assert runs(connection, "run, status, submitted, attempts, started") == [
        ("b", "queued", True, 0, None),
        ("a", "queued", True, 0, None),
    ]
    caller = run_queue()
    caller.finish()
    assert caller.result == (2,)
    assert runs(connection, "run, status, attempts") == [("b", "finished", 1), ("a", "finished", 1)]
    fit = SUBMIT.replace("cerebro_submit", "cerebro_fit").encode()
    connection.execute(fit, ["c", 3])
    values = "select distinct value, loss from cerebro.leaderboard"
    assert connection.execute(values.encode()).rowcount == 1


def test_an_empty_queue_is_no_work(connection: Connection, run_queue: RunQueue) -> None:
    caller = run_queue()
    caller.finish()
    assert caller.result == (0,)
    submit(connection, "one")
    assert connection.execute("select cerebro_run_queue(0)").fetchone() == (0,)
    assert status(connection, "one") == "queued"


def test_a_run_that_fails_does_not_keep_the_next_from_running(
    connection: Connection, run_queue: RunQueue
) -> None:
    connection.execute(HOPELESS)
    submit(connection, "after it")
    caller = run_queue()
    told: list[str | None] = []
    caller.connection.add_notice_handler(lambda notice: told.append(notice.message_primary))
    caller.finish()
    assert caller.result == (2,)
    assert runs(connection, "run, status") == [("hopeless", "failed"), ("after it", "finished")]
    assert told[-1] == "after it: finished"


def test_several_who_run_the_queue_do_not_meet(connection: Connection, run_queue: RunQueue) -> None:
    for number in range(6):
        submit(connection, f"run {number}", 20)
    callers = [run_queue() for _ in range(2)]
    for caller in callers:
        caller.finish()
    assert sum(caller.result[0] for caller in callers) == 6
    assert all(caller.result[0] for caller in callers)
    assert runs(connection, "status, attempts") == [("finished", 1)] * 6


def test_what_a_planner_left_is_gone_on_with_and_waited_for(
    dsn: str, connection: Connection, run_queue: RunQueue
) -> None:
    submit(connection, "long", 600)
    waiter = Caller(
        psycopg.connect(dsn, autocommit=True),
        lambda session: session.execute("select cerebro_wait('long')").fetchone(),
    )
    caller = run_queue()
    eventually(lambda: units(connection, "long") > 3)
    connection.execute("select pg_terminate_backend(%s)", [caller.pid])
    eventually(lambda: status(connection, "long") == "interrupted")
    assert waiter.is_alive()
    run_queue().finish()
    waiter.finish()
    assert waiter.result == ("finished",)
    assert runs(connection, "status") == [("finished",)]
    assert units(connection, "long") == 600 * 2
    waiter.connection.close()


def test_a_run_that_takes_every_planner_down_is_given_up(
    connection: Connection, run_queue: RunQueue
) -> None:
    submit(connection, "deadly")
    connection.execute("update cerebro._runs set status = 'running', attempts = 3")
    caller = run_queue()
    caller.finish()
    assert caller.result == (1,)
    assert runs(connection, "status, error") == [
        ("failed", "given up: 3 planners were lost over it")
    ]


def test_who_stops_running_the_queue_gives_the_run_back(
    connection: Connection, run_queue: RunQueue
) -> None:
    submit(connection, "long", 100_000)
    caller = run_queue()
    eventually(lambda: units(connection, "long") > 3)
    connection.execute("select pg_cancel_backend(%s)", [caller.pid])
    caller.finish()
    assert isinstance(caller.error, errors.QueryCanceled)
    assert runs(connection, "status, attempts, error, finished") == [("queued", 0, None, None)]


def test_a_run_that_a_person_cancels_is_not_run_again(
    connection: Connection, run_queue: RunQueue
) -> None:
    submit(connection, "never", 100_000)
    submit(connection, "long", 100_000)
    submit(connection, "next")
    connection.execute("select cerebro_cancel('never')")
    caller = run_queue()
    eventually(lambda: units(connection, "long") > 3)
    connection.execute("select cerebro_cancel('long')")
    caller.finish()
    assert caller.result == (2,)
    found = connection.execute("select run, status from cerebro.runs order by created").fetchall()
    assert found == [("never", "cancelled"), ("long", "cancelled"), ("next", "finished")]


def test_a_role_runs_what_it_may_use_and_nothing_else(
    dsn: str, connection: Connection, run_queue: RunQueue
) -> None:
    submit(connection, "not hers")
    with psycopg.connect(dsn, user="eve", autocommit=True) as eve:
        eve.execute(SUBMIT.encode(), ["hers", 1])
        caller = run_queue(user="eve")
        caller.finish()
        assert caller.result == (1,)
        assert eve.execute("select cerebro_wait('hers')").fetchone() == ("finished",)
        with pytest.raises(errors.InsufficientPrivilege):
            eve.execute("select cerebro_wait('not hers')")
    assert status(connection, "not hers") == "queued"


def test_waiting_ends_when_the_run_is_dropped(dsn: str, connection: Connection) -> None:
    submit(connection, "dropped")
    waiting = threading.Event()
    session = psycopg.connect(dsn, autocommit=True)

    def work(session: Connection) -> None:
        waiting.set()
        session.execute("select cerebro_wait('dropped')")

    waiter = Caller(session, work)
    waiting.wait()
    eventually(
        lambda: (
            connection.execute(
                "select from pg_stat_activity where query like '%pg_sleep%'"
                " and application_name = 'cerebro_db control'"
            ).rowcount
        )
    )
    connection.execute("select cerebro_drop('dropped')")
    waiter.finish()
    session.close()
    assert isinstance(waiter.error, errors.UndefinedObject)
