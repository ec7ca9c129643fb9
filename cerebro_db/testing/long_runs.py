"""A search of many small units, of which there are as many as a test needs to act in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cerebro_db.testing.callers import Caller, calling, eventually, sessions, units
from cerebro_db.testing.calls import call, drop, fit, prepare
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import kept_states, state_tables

PARTITIONS = 4
SEARCH: dict[str, Any] = {
    "model": {"family": "mlp", "hidden": [256, 256], "batch_size": 32, "dropout": 0.1},
    "space": {"learning_rate": [0.001, 0.01]},
    "workers": 2,
    "seed": 5,
}
# Some seconds.
EPOCHS = 10
ENDLESS = 100_000


def prepare_points(connection: Connection) -> None:
    """Make the dataset that is searched on."""
    connection.execute(
        "create table points as select i as id, i % 7 as a, (i * 7919) % 104729 as b,"
        " i % 2 = 0 as y from generate_series(1, 20000) i"
    )
    prepare(connection, "points", "select a, b, y from points", "y", partitions=PARTITIONS)


def search(run: str, epochs: int, **more: Any) -> Callable[[Connection], Any]:
    """Return what a caller does that searches."""
    return lambda connection: fit(connection, run, "points", epochs=epochs, **SEARCH | more)


def resume(run: str) -> Callable[[Connection], Any]:
    """Return what a caller does that goes on with a run."""
    return lambda connection: call(connection, "cerebro_resume", run)


@contextmanager
def endless(dsn: str, connection: Connection) -> Iterator[Caller]:
    """Have a run at work that would take days, seen training; drop it when it has ended."""
    others = state_tables(connection)
    try:
        with calling(dsn, search("endless", ENDLESS)) as caller:
            await_units(connection, "endless", 4)
            yield caller
    finally:
        eventually(lambda: not sessions(connection))
        drop(connection, "endless")
    assert state_tables(connection) == others


def final_states(dsn: str, connection: Connection, run: str, epochs: int) -> dict[int, bytes]:
    """Search, undisturbed, and return the final state of each configuration."""
    with calling(dsn, search(run, epochs)) as caller:
        caller.finish()
    assert caller.error is None
    return states(connection, run)


def states(connection: Connection, run: str) -> dict[int, bytes]:
    """Return the states that a run has kept, by configuration."""
    return {config: kept.state for config, kept in kept_states(connection, run).items()}


def await_units(connection: Connection, run: str, count: int) -> None:
    """Wait until so many units are committed."""
    eventually(lambda: units(connection, run) >= count)
