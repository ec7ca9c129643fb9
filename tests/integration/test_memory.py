"""A worker's memory is bounded: more rows than it may hold are streamed, to the same weights."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg.rows import namedtuple_row

from cerebro_db.testing.callers import calling, sessions
from cerebro_db.testing.calls import fit, prepare, value
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import kept_states

MB = 2**20
SEARCH: dict[str, Any] = {
    "model": {"family": "mlp", "hidden": [16], "batch_size": 256, "dropout": 0.1},
    "space": {"learning_rate": [0.001, 0.01]},
    "epochs": 1,
    "workers": 1,
    "seed": 3,
}
BOUND = 1
# A chunk of 4 MB at work, a few times over: in the server, in Python and in the framework.
MARGIN = 40


@pytest.fixture(scope="module", autouse=True)
def datasets(connection: Connection) -> None:
    """One of less than a megabyte, and one of 60."""
    connection.row_factory = namedtuple_row
    for name, rows in (("small", 2_000), ("large", 240_000)):
        connection.execute(
            f"create table {name} as select array_fill(sin(i)::float4, array[64]) as v,"
            f" i % 2 = 0 as y from generate_series(1, {rows}) i".encode()
        )
        prepare(connection, name, name, "y", partitions=3)


def test_a_dataset_beyond_the_bound(dsn: str, connection: Connection) -> None:
    packed = value(connection, "select bytes from cerebro._datasets where name = 'large'")
    assert packed > 50 * BOUND * MB
    fits = peak_while(dsn, connection, search("fits", "small", BOUND))
    streamed = peak_while(dsn, connection, search("streamed", "large", BOUND))
    cached = peak_while(dsn, connection, search("cached", "large", 1024))
    assert states(connection, "streamed") == states(connection, "cached")
    print(fits / MB, streamed / MB, cached / MB, packed / MB)
    assert streamed - fits < (BOUND + MARGIN) * MB
    # What is held shows in this measure.
    assert cached - fits > 0.75 * packed


def search(run: str, source: str, cache_mb: int) -> Callable[[Connection], Any]:
    options = {"cache_mb": cache_mb}
    return lambda connection: fit(connection, run, source, options=options, **SEARCH)


def states(connection: Connection, run: str) -> dict[int, bytes]:
    found = {config: kept.state for config, kept in kept_states(connection, run).items()}
    assert len(found) == len(SEARCH["space"]["learning_rate"])
    return found


def peak_while(dsn: str, connection: Connection, work: Callable[[Connection], Any]) -> int:
    """Return the most bytes of its own that the worker of a search has had."""
    peak = 0
    with calling(dsn, work) as caller:
        while caller.is_alive():
            for pid in sessions(connection, "cerebro_db worker"):
                peak = max(peak, anonymous_bytes(pid))
            time.sleep(0.02)
        caller.finish()
        assert caller.error is None
    assert peak
    return peak


def anonymous_bytes(pid: int) -> int:
    """Return a process' memory that is neither a file's nor the server's, 0 once it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    kilobytes = [line.split()[1] for line in status.splitlines() if line.startswith("RssAnon:")]
    return 1024 * int(kilobytes[0]) if kilobytes else 0
