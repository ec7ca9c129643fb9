"""How cost grows with the work: with configurations, with rows, with partitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

import numpy as np
from psycopg import sql

from benchmarks import tables
from benchmarks.report import Curve
from benchmarks.rivals._base import PROCESSES
from benchmarks.session import Session
from benchmarks.workloads import W1

_CONFIGS = (1, 2, 4, 8, 16, 32, 64)
_ROWS = (200_000, 1_000_000, 3_000_000, 10_000_000)
_PARTITIONS = (2, 4, 8, 16)


def configurations(session: Session, rounds: int) -> Curve:
    """1 to 64 configurations for one epoch of W1."""
    with session.prepared("w1 prepared", W1.name, "held_out", PROCESSES):

        def seconds(configs: int) -> float:
            rates = np.geomspace(0.0003, 0.01, configs).tolist()
            return session.fit("w1 prepared", W1.model, {"learning_rate": rates}).seconds

        seconds(PROCESSES)  # compiles
        found = _medians(seconds, _CONFIGS, rounds)
    return Curve(
        "Configurations, W1", "configurations", "seconds for an epoch", _CONFIGS, {"fit": found}
    )


def rows(session: Session) -> Curve:
    """200,000 to 10 million rows of W1, one epoch of four configurations, once."""
    prepare, fit = [], []
    for number in _ROWS:
        workload = W1.with_rows(number)
        tables.create(session.connection, workload)
        with session.prepared("rows", workload.name, "held_out", PROCESSES) as seconds:
            prepare.append(seconds)
            space = {"learning_rate": W1.learning_rates}
            fit.append(session.fit("rows", W1.model, space).seconds)
        session.connection.execute(sql.SQL("drop table {}").format(sql.Identifier(workload.name)))
    return Curve(
        "Rows of W1",
        "rows",
        "seconds",
        _ROWS,
        {"prepare": prepare, "4 configurations, 1 epoch": fit},
    )


def partitions(session: Session, rounds: int) -> Curve:
    """2 to 16 partitions of W1, one epoch of its eight configurations."""

    def seconds(number: int) -> float:
        with session.prepared("parts", W1.name, "held_out", number):
            session.fit("parts", W1.model, {"learning_rate": [0.001, 0.002]})  # compiles
            return session.fit("parts", W1.model, W1.space).seconds

    found = _medians(seconds, _PARTITIONS, rounds)
    return Curve(
        "Partitions, W1", "partitions", "seconds for an epoch", _PARTITIONS, {"fit": found}
    )


def _medians(measure: Callable[[int], float], points: Sequence[int], rounds: int) -> list[float]:
    """Measure all points once a round, and return the median of each."""
    found = [[measure(point) for point in points] for _ in range(rounds)]
    return [median(values) for values in zip(*found, strict=True)]
