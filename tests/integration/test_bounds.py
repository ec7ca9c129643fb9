"""Searches of several callers under the bounds of cerebro.settings."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest
from fix_docs import let_train
from fix_server import Connection
from psycopg import errors
from psycopg.rows import namedtuple_row

from cerebro_db.testing.callers import Caller, eventually, units

FIT = """select rank, config, value, loss, status from cerebro_fit('{}', 'rows', 'y',
    epochs => {}, workers => {}, space => '{{"learning_rate": [0.001, 0.01]}}',
    model => '{}', options => '{{"threads": 2}}')"""

Call = Callable[..., Caller]


@pytest.fixture(scope="module", autouse=True)
def rows(connection: Connection) -> None:
    connection.row_factory = namedtuple_row
    let_train(connection, "ada")
    connection.execute(
        "create table rows as select i % 7 as a, (i * 7919) % 104729 as b, i % 2 = 0 as y"
        " from generate_series(1, 2000) i"
    )
    connection.execute("grant select on rows to ada")


@pytest.fixture
def call(dsn: str, connection: Connection) -> Iterator[Call]:
    """Has callers fit, in sessions that keep their warm workers until the test ends."""
    with ExitStack() as stack:

        def fit(
            run: str,
            *,
            epochs: int = 20,
            workers: int = 2,
            user: str = "postgres",
            model: str = '{"family": "linear"}',
        ) -> Caller:
            session = stack.enter_context(
                psycopg.connect(dsn, user=user, autocommit=True, row_factory=namedtuple_row)
            )
            statement = FIT.format(run, epochs, workers, model).encode()
            caller = Caller(session, lambda session: session.execute(statement).fetchall())
            stack.callback(finish, caller)
            return caller

        yield fit
    connection.execute("delete from cerebro.settings")
    connection.execute("select cerebro_drop(run) from cerebro.runs")
    eventually(lambda: not connection.execute(SESSIONS).fetchall())


def finish(caller: Caller) -> None:
    if caller.is_alive():
        caller.connection.cancel_safe()
    caller.finish()


def bound(connection: Connection, **values: object) -> None:
    """Have bounds in cerebro.settings, and no others."""
    connection.execute("delete from cerebro.settings")
    names, given = ", ".join(values), ", ".join(["%s"] * len(values))
    connection.execute(
        f"insert into cerebro.settings ({names}) values ({given})".encode(), list(values.values())
    )


SESSIONS = b"""select pid from pg_stat_activity
    where application_name like 'cerebro\\_db %' and datname = current_database()"""


class Sampler(threading.Thread):
    """Counts the workers that there are, again and again; ``most`` is how many it saw at once."""

    def __init__(self, dsn: str) -> None:
        super().__init__(daemon=True)
        self.most = self.samples = 0
        self.ended = threading.Event()
        self._connection = psycopg.connect(dsn, autocommit=True)
        self.start()

    def run(self) -> None:
        workers = SESSIONS.replace(b"like 'cerebro\\_db %'", b"= 'cerebro_db worker'")
        while not self.ended.wait(0.005):
            self.most = max(self.most, self._connection.execute(workers).rowcount)
            self.samples += 1
        self._connection.close()


def test_there_are_never_more_workers_than_may_be(
    dsn: str, connection: Connection, call: Call
) -> None:
    bound(connection, workers=3, workers_per_role=2)
    sampler = Sampler(dsn)
    callers = [call("one"), call("two"), call("hers", workers=1, user="ada")]
    for caller in callers:
        caller.finish()
    sampler.ended.set()
    sampler.join()
    assert [caller.error for caller in callers] == [None] * 3
    assert all(caller.result == callers[0].result for caller in callers)
    assert sampler.samples > 100
    assert sampler.most == 3


def test_who_waits_is_seen_from_elsewhere_and_told(connection: Connection, call: Call) -> None:
    bound(connection, workers=2)
    first = call("first", epochs=100_000)
    eventually(lambda: units(connection, "first") > 3)
    second = call("second")
    told: list[str | None] = []
    second.connection.add_notice_handler(lambda notice: told.append(notice.message_primary))
    waiting = "select status, queued_behind from cerebro.runs where run = 'second'"
    behind = "first (2 of 2 workers)"
    eventually(lambda: connection.execute(waiting.encode()).fetchone() == ("queued", behind))
    finish(first)
    second.finish()
    assert second.error is None
    assert connection.execute(waiting.encode()).fetchone() == ("finished", None)
    assert f"second: queued behind {behind}" in told


def test_a_killed_caller_frees_its_workers(connection: Connection, call: Call) -> None:
    bound(connection, workers=2)
    first = call("first", epochs=100_000)
    eventually(lambda: units(connection, "first") > 3)
    second = call("second")
    eventually(
        lambda: (
            connection.execute(
                "select from cerebro.runs where run = 'second' and queued_behind is not null"
            ).rowcount
        )
    )
    connection.execute("select pg_terminate_backend(%s)", [first.pid])
    second.finish()
    assert second.error is None


@pytest.mark.parametrize("way", ["pg_cancel_backend", "cerebro_cancel"])
def test_a_run_that_waits_can_be_cancelled_and_gone_on_with(
    connection: Connection, call: Call, way: str
) -> None:
    bound(connection, workers=2)
    first = call("first", epochs=100_000)
    eventually(lambda: units(connection, "first") > 3)
    before = len(connection.execute(SESSIONS).fetchall())
    second = call("second")
    row = "select status, queued_behind from cerebro.runs where run = 'second'"
    eventually(lambda: (connection.execute(row.encode()).fetchone() or (0, None))[1])
    if way == "cerebro_cancel":
        connection.execute("select cerebro_cancel('second')")
    else:
        connection.execute("select pg_cancel_backend(%s)", [second.pid])
    second.finish()
    assert isinstance(second.error, errors.QueryCanceled)
    assert connection.execute(row.encode()).fetchone() == ("cancelled", None)
    eventually(lambda: len(connection.execute(SESSIONS).fetchall()) == before)
    finish(first)
    resumed = second.connection.execute("select status from cerebro_resume('second')").fetchall()
    assert resumed == [("finished",), ("finished",)]


def test_a_search_is_refused_where_nobody_may_wait(connection: Connection, call: Call) -> None:
    bound(connection, workers=2, when_full="refuse")
    call("first", epochs=100_000)
    eventually(lambda: units(connection, "first") > 3)
    second = call("second")
    second.finish()
    assert isinstance(second.error, errors.ConfigurationLimitExceeded)
    left = "select from cerebro.runs where run = 'second' union all select from cerebro.datasets"
    assert connection.execute(left.encode()).rowcount == 1


def test_what_is_asked_for_is_lowered_and_said_so(connection: Connection, call: Call) -> None:
    bound(connection, workers=4, workers_per_run=1, threads=1)
    told: list[str | None] = []
    caller = call("lowered", epochs=1)
    caller.connection.add_notice_handler(lambda notice: told.append(notice.message_primary))
    caller.finish()
    assert caller.error is None
    assert "threads is lowered from 2 to 1, the bound in cerebro.settings" in told
    workers = "select workers from cerebro.runs where run = 'lowered'"
    assert connection.execute(workers.encode()).fetchone() == (1,)


@pytest.mark.parametrize(("name", "says"), [("step_mb", "memory"), ("step_gflop", "time")])
def test_a_configuration_that_needs_too_much(
    connection: Connection, call: Call, name: str, says: str
) -> None:
    bound(connection, **{name: 1})
    model = '{"family": "mlp", "hidden": [1000, 1000], "batch_size": 256}'
    large = call("large", epochs=1, model=model)
    large.finish()
    assert isinstance(large.error, errors.ProgramLimitExceeded)
    assert re.search(rf"hidden\[\d\] .* more {says} than", str(large.error))
    assert connection.execute("select from cerebro.datasets").rowcount == 0
    small = call("small", epochs=1)
    small.finish()
    assert small.error is None
