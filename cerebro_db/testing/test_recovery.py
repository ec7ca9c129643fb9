"""Lost and disturbed workers: others take over, to the same weights, and nothing is left over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cerebro_db.testing.callers import Caller, calling, eventually, sessions, units
from cerebro_db.testing.calls import error_of, rows
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import state_tables
from cerebro_db.testing.long_runs import (
    EPOCHS,
    SEARCH,
    await_units,
    endless,
    final_states,
    prepare_points,
    search,
    states,
)

DISTURBANCES = ["pg_terminate_backend", "pg_cancel_backend"]


@pytest.fixture(scope="module", autouse=True)
def points(connection: Connection) -> None:
    prepare_points(connection)


@pytest.fixture(scope="module")
def undisturbed(dsn: str, points: None, connection: Connection) -> dict[int, bytes]:
    """The final states of the search where nothing happens to it."""
    return final_states(dsn, connection, "undisturbed", EPOCHS)


@pytest.fixture(scope="class")
def caller(dsn: str, connection: Connection) -> Iterator[Caller]:
    """The caller of a run that goes on for all tests of a class."""
    with endless(dsn, connection) as caller:
        yield caller


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
