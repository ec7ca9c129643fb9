"""Storage is bounded: what comes with runs goes with them."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from cerebro_db.testing.callers import calling, eventually, sessions, units
from cerebro_db.testing.calls import drop, fit, prepare, value
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import chunk_tables, state_tables

MB = 2**20
ROUNDS = 2
# States of 50 KB, three of which each run keeps.
SEARCH: dict[str, Any] = {
    "model": {"family": "mlp", "hidden": [64]},
    "space": {"learning_rate": [0.001, 0.01, 0.1]},
    "epochs": 2,
    "workers": 1,
    "seed": 1,
}


@pytest.fixture(scope="module", autouse=True)
def points(connection: Connection) -> None:
    connection.row_factory = namedtuple_row
    connection.execute(
        "create table points as select array_fill((i % 13)::float4, array[64]) as v,"
        " i % 2 = 0 as y from generate_series(1, 2000) i"
    )


def test_runs_that_are_dropped_leave_nothing(dsn: str, connection: Connection) -> None:
    # Tables and indexes get their first pages, which stay.
    cancelled_run(dsn, connection)
    before = settled_size(connection)
    prepare(connection, "prepared", "points", "y", partitions=2)
    kept: list[int] = []
    for _ in range(ROUNDS):
        with calling(dsn, lambda session: kept.append(many_runs(session))) as caller:
            caller.finish()
            assert caller.error is None
        cancelled_run(dsn, connection)
    drop(connection, "prepared", "dataset")
    # Without a VACUUM but that of the drops themselves.
    assert kept_bytes(connection) <= 2 * kept[0]
    assert chunk_tables(connection) == state_tables(connection) == set()
    assert settled_size(connection) - before < 1 * MB


def many_runs(session: Connection) -> int:
    """Make and drop runs of several kinds; return the space that the first one's states take."""
    kept = []
    for number in range(16):
        match number % 8:
            case 3:  # The dataset is prepared for the run alone.
                fit(session, "run", "points", "y", **SEARCH)
            case 6:
                with pytest.raises(psycopg.Error, match="no configuration"):
                    fit(session, "run", "prepared", **SEARCH | {"space": {"learning_rate": [1e30]}})
            case _:
                fit(session, "run", "prepared", **SEARCH)
        kept.append(kept_bytes(session))
        drop(session, "run")
    return kept[0]


def cancelled_run(dsn: str, connection: Connection) -> None:
    """Cancel a run while it trains, and drop it."""
    endless = SEARCH | {"epochs": 100_000}
    with calling(dsn, lambda session: fit(session, "run", "points", "y", **endless)) as caller:
        eventually(lambda: units(connection, "run") > 10)
        connection.execute("select pg_cancel_backend(%s)", [caller.pid])
        caller.finish()
    eventually(lambda: not sessions(connection))
    drop(connection, "run")


def kept_bytes(connection: Connection) -> int:
    """Return the size of the kept states, with the deleted ones that still take space."""
    return int(value(connection, "select pg_total_relation_size('cerebro._kept_states')"))


def settled_size(connection: Connection) -> int:
    """Return the size of the database after what autovacuum would do in time."""
    connection.execute("vacuum")
    connection.execute("checkpoint")
    return int(value(connection, "select pg_database_size(current_database())"))
