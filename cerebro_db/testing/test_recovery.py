"""Lost workers, cancelled statements and callers: the same weights, and nothing left over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from cerebro_db.testing.callers import Caller, calling, eventually, sessions, status, units
from cerebro_db.testing.calls import drop, error_of, fit, prepare, rows
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import (
    chunk_tables,
    kept_states,
    spooled_files,
    state_tables,
)

# Some seconds of small units.
SEARCH: dict[str, Any] = {
    "model": {"family": "mlp", "hidden": [256, 256], "batch_size": 32, "dropout": 0.1},
    "space": {"learning_rate": [0.001, 0.01]},
    "workers": 2,
    "seed": 5,
}
EPOCHS = 10
ENDLESS = 100_000
DISTURBANCES = ["pg_terminate_backend", "pg_cancel_backend"]


@pytest.fixture(scope="module", autouse=True)
def points(connection: Connection) -> None:
    connection.execute(
        "create table points as select i as id, i % 7 as a, (i * 7919) % 104729 as b,"
        " i % 2 = 0 as y from generate_series(1, 20000) i"
    )
    prepare(connection, "points", "select a, b, y from points", "y", partitions=4)


@pytest.fixture(scope="module")
def undisturbed(dsn: str, points: None, connection: Connection) -> dict[int, bytes]:
    """The final states of the search where nothing happens to it."""
    with calling(dsn, search("undisturbed", EPOCHS)) as caller:
        caller.finish()
    assert caller.error is None
    return states(connection, "undisturbed")


@pytest.fixture(scope="class")
def caller(dsn: str, connection: Connection) -> Iterator[Caller]:
    """The caller of a run that goes on for all tests of a class."""
    with endless(dsn, connection) as caller:
        yield caller


@contextmanager
def endless(dsn: str, connection: Connection) -> Iterator[Caller]:
    """Have a run at work that would take days, seen training; drop it when it has ended."""
    try:
        with calling(dsn, search("endless", ENDLESS)) as caller:
            await_units(connection, "endless", 4)
            yield caller
    finally:
        eventually(lambda: not sessions(connection))
        drop(connection, "endless")
    assert state_tables(connection) == set()


def search(run: str, epochs: int) -> Callable[[Connection], Any]:
    return lambda connection: fit(connection, run, "points", epochs=epochs, **SEARCH)


def states(connection: Connection, run: str) -> dict[int, bytes]:
    return {config: kept.state for config, kept in kept_states(connection, run).items()}


def await_units(connection: Connection, run: str, count: int) -> None:
    """Wait until so many units are committed."""
    eventually(lambda: units(connection, run) >= count)


def await_end(connection: Connection, pid: int) -> None:
    """Wait until a session is gone."""
    eventually(lambda: pid not in sessions(connection))


def disturb(connection: Connection, function: str) -> int:
    """Call a function on a worker that is training; return the worker's pid."""
    found = eventually(
        lambda: rows(
            connection,
            f"select pid, {function}(pid) from pg_stat_activity where state = 'active'"
            " and application_name = 'cerebro_db worker' and datname = current_database() limit 1",
        )
    )
    return int(found[0].pid)


def test_disturbed_workers_change_nothing(
    dsn: str, connection: Connection, undisturbed: dict[int, bytes]
) -> None:
    with calling(dsn, search("disturbed", EPOCHS)) as caller:
        for i, function in enumerate(DISTURBANCES, 1):
            await_units(connection, "disturbed", 10 * i)
            disturb(connection, function)
        caller.finish()
    assert caller.error is None
    assert [row.status for row in caller.result] == ["finished"] * 2
    assert states(connection, "disturbed") == undisturbed


def test_a_cancelled_caller_stops_its_workers(dsn: str, connection: Connection) -> None:
    with endless(dsn, connection) as caller:
        assert status(connection, "endless") == "running"
        connection.execute("select pg_cancel_backend(%s)", [caller.pid])
        caller.finish()
        assert isinstance(caller.error, psycopg.errors.QueryCanceled)
        eventually(lambda: not sessions(connection))
        assert status(connection, "endless") == "cancelled"
        # The session is of use again.
        assert status(caller.connection, "endless") == "cancelled"


def test_a_terminated_caller_takes_its_workers_along(dsn: str, connection: Connection) -> None:
    with endless(dsn, connection) as caller:
        connection.execute("select pg_terminate_backend(%s)", [caller.pid])
        caller.finish()
        eventually(lambda: not sessions(connection))
        # Greenplum tells Python of both in the same way, and in time to write it down.
        assert status(connection, "endless") in ("interrupted", "cancelled")


def test_a_cancelled_prepare_leaves_nothing(dsn: str, connection: Connection) -> None:
    """Cancelled where it is hardest to clean up: while another session takes the chunks."""
    connection.execute(
        "create table long as select i as id, i % 2 = 0 as y,"
        " array_fill(i::float4, array[200]) as v from generate_series(1, 50000) i"
    )
    before = chunk_tables(connection)
    with calling(dsn, lambda session: prepare(session, "long", "long", "y")) as caller:
        eventually(
            lambda: rows(
                connection,
                "select pid from pg_stat_activity where application_name = 'cerebro_db control'"
                " and datname = current_database() and query like %s",
                'insert into "cerebro"."_chunks%',
            )
        )
        connection.execute("select pg_cancel_backend(%s)", [caller.pid])
        caller.finish()
        assert isinstance(caller.error, psycopg.errors.QueryCanceled)
        eventually(lambda: not sessions(connection))
    assert chunk_tables(connection) == before
    eventually(lambda: not spooled_files(connection))
    assert rows(connection, "select dataset from cerebro.datasets where dataset = 'long'") == []


class TestWhileItTrains:
    """What can be seen of a run that goes on, and done to it."""

    def test_states_of_past_epochs_go(self, connection: Connection, caller: Caller) -> None:
        first = eventually(lambda: state_tables(connection))
        eventually(lambda: not first & state_tables(connection))
        assert caller.is_alive()

    def test_neither_the_run_nor_its_dataset_is_dropped(
        self, connection: Connection, caller: Caller
    ) -> None:
        for call in ("cerebro_drop('endless')", "cerebro_drop('points', 'dataset')"):
            assert error_of(connection, f"select {call}").sqlstate == "55006"
        assert caller.is_alive()

    @pytest.mark.parametrize("function", DISTURBANCES)
    def test_another_worker_takes_over(
        self, connection: Connection, caller: Caller, function: str
    ) -> None:
        for _ in range(2):
            before = units(connection, "endless")
            victim = disturb(connection, function)
            if function == "pg_terminate_backend":
                await_end(connection, victim)
            await_units(connection, "endless", before + 8)
        eventually(lambda: len(sessions(connection, "cerebro_db worker")) == SEARCH["workers"])
        assert caller.is_alive()
        failed = "select config from cerebro.configs where run = 'endless' and status = 'failed'"
        assert rows(connection, failed) == []

    def test_no_unit_is_done_twice(self, connection: Connection, caller: Caller) -> None:
        assert caller.is_alive()
        twice = rows(
            connection,
            "select config, epoch, h.partition from cerebro.hops h where run = 'endless'"
            " group by 1, 2, 3 having count(*) > 1",
        )
        assert twice == []
