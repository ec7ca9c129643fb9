"""Workers belong to the session that opened them: kept warm for it, and unseen by others."""

from __future__ import annotations

from typing import Any

import pytest

from cerebro_db.testing.callers import calling, eventually, sessions
from cerebro_db.testing.calls import fit
from cerebro_db.testing.data import load_tumours_into
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import kept_states, lose_worker_processes

SEARCH: dict[str, Any] = {
    "source": "tumours",
    "target": "diagnosis",
    "model": {"family": "linear"},
    "space": {"learning_rate": [0.1, 0.01]},
    "epochs": 3,
    "workers": 2,
}


@pytest.fixture(scope="module", autouse=True)
def tumours(connection: Connection) -> None:
    load_tumours_into(connection)


def test_two_runs_at_once_do_not_meet(dsn: str, connection: Connection) -> None:
    with (
        calling(dsn, lambda session: fit(session, "one", **SEARCH)) as one,
        calling(dsn, lambda session: fit(session, "two", **SEARCH)) as two,
    ):
        for caller in (one, two):
            caller.finish()
            assert caller.error is None
        workers = sessions(connection, "cerebro_db worker")
    assert len(workers) == 2 * SEARCH["workers"]
    # All but how long it took.
    boards = [[(r.rank, r.config, r.value, r.loss) for r in caller.result] for caller in (one, two)]
    assert boards[0] == boards[1]


def test_of_two_runs_of_one_name_one_is_refused(dsn: str) -> None:
    search = SEARCH | {"workers": 1}
    with (
        calling(dsn, lambda session: fit(session, "same", **search)) as one,
        calling(dsn, lambda session: fit(session, "same", **search)) as two,
    ):
        one.finish()
        two.finish()
    refused = [caller.error for caller in (one, two) if caller.error is not None]
    assert [error.sqlstate for error in refused] == ["42710"]


def test_a_second_run_finds_the_workers_warm(dsn: str, connection: Connection) -> None:
    eventually(lambda: not sessions(connection))

    def twice(session: Connection) -> tuple[set[int], set[int]]:
        fit(session, "cold", **SEARCH)
        first = sessions(session, "cerebro_db worker")
        fit(session, "warm", **SEARCH)
        return first, sessions(session, "cerebro_db worker")

    with calling(dsn, twice) as caller:
        caller.finish()
        assert caller.error is None
        first, second = caller.result
        assert len(first) == SEARCH["workers"]
        assert second == first
    eventually(lambda: not sessions(connection))


def test_idle_workers_may_lose_their_processes(dsn: str, connection: Connection) -> None:
    """As where a server ends what idles too long: chunks and framework are gone, no result."""
    eventually(lambda: not sessions(connection))

    def twice(session: Connection) -> tuple[int, int]:
        fit(session, "before", **SEARCH)
        lost = lose_worker_processes(connection)
        fit(session, "after", **SEARCH)
        return lost, len(sessions(session, "cerebro_db worker"))

    with calling(dsn, twice) as caller:
        caller.finish()
        assert caller.error is None
        lost, workers = caller.result
    assert lost >= SEARCH["workers"]
    assert workers == SEARCH["workers"]
    before, after = (
        {config: kept.state for config, kept in kept_states(connection, run).items()}
        for run in ("before", "after")
    )
    assert after == before
    eventually(lambda: not sessions(connection))
