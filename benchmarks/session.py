"""One session on the server in which curves and figures are measured: prepares, fits, drops."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from benchmarks.rivals._base import PROCESSES, Unit
from benchmarks.rivals.in_database import UNITS
from benchmarks.workloads import W1

_FIT = """
select count(*) from cerebro_fit(%s, %s, model => %s, space => %s, epochs => %s, workers => %s,
                                 options => %s)
"""
_PREPARE = "select count(*) from cerebro_prepare(%s, %s, 'y', validation => %s, partitions => %s)"
_RUN = "measured"
_KEEP_ONE = {"keep": 1}


@dataclass(frozen=True)
class Fitted:
    """What a search came to: when it was called, how long it took, its units, the bytes of log."""

    called: float
    seconds: float
    units: list[Unit]
    wal_bytes: int


class Session:
    """A connection whose workers have started already, and stay warm."""

    def __init__(self, conninfo: str) -> None:
        self.connection = psycopg.connect(conninfo, autocommit=True)

    def __enter__(self) -> Session:
        with self.prepared("start", f"select * from {W1.name} limit 1000", "0.2", PROCESSES):
            self.fit("start", W1.model, {"learning_rate": [0.001, 0.002]})
        return self

    def __exit__(self, *exception: object) -> None:
        self.connection.close()

    @contextmanager
    def prepared(self, name: str, source: str, validation: str, partitions: int) -> Iterator[float]:
        """Prepare a dataset, give the seconds that it took, drop it in the end."""
        started = time.perf_counter()
        self.connection.execute(_PREPARE, [name, source, validation, partitions])
        yield time.perf_counter() - started
        self.connection.execute("select cerebro_drop(%s, 'dataset')", [name])

    def fit(
        self,
        dataset: str,
        model: dict[str, Any],
        space: dict[str, Any],
        epochs: int = 1,
        workers: int = PROCESSES,
        options: dict[str, Any] = _KEEP_ONE,
    ) -> Fitted:
        """Search on a dataset, and drop the run."""
        self.connection.execute("checkpoint")
        before = self._log()
        called, started = time.time(), time.perf_counter()
        documents = json.dumps(model), json.dumps(space)
        arguments = [_RUN, dataset, *documents, epochs, workers, json.dumps(options)]
        self.connection.execute(_FIT, arguments)
        seconds = time.perf_counter() - started
        wal_bytes = self._log() - before
        cursor = self.connection.cursor(row_factory=class_row(Unit))
        units = cursor.execute(UNITS, [_RUN]).fetchall()
        self.connection.execute("select cerebro_drop(%s)", [_RUN])
        return Fitted(called, seconds, units, wal_bytes)

    def _log(self) -> int:
        row = self.connection.execute("select pg_current_wal_insert_lsn() - '0/0'").fetchone()
        assert row is not None
        return int(row[0])
