"""What it costs that configurations serve with the state of their best epoch: time, and bytes in
the write-ahead log, over serving with their last.

Both take turns on a dataset that is prepared, after a search that compiles. W1 learns on for some
epochs; W2 is so large a network for so few rows that it is best early, and each of its states of
17 MB would be lost if nobody kept it.
"""

from __future__ import annotations

from statistics import median

from benchmarks import tables
from benchmarks.report import Figure, Goal
from benchmarks.rivals._base import PROCESSES
from benchmarks.session import Fitted, Session
from benchmarks.workloads import W1, W2, Workload

_EPOCHS = 6
# Percent of the wall time, at most.
_BOUNDS = ((W1, 3.0), (W2, 8.0))


def best_epoch_cost(session: Session, rounds: int) -> list[Figure]:
    """Return two figures for each workload."""
    return [
        figure
        for workload, bound in _BOUNDS
        for figure in _figures(session, rounds, workload, bound)
    ]


def figures(
    workload: str, with_best: list[Fitted], without: list[Fitted], bound: float
) -> list[Figure]:
    """Return the median of the ratios within a round, as percent, and of the bytes more."""
    pairs = list(zip(with_best, without, strict=True))
    seconds = median(best.seconds / last.seconds for best, last in pairs)
    written = median(best.wal_bytes - last.wal_bytes for best, last in pairs)
    goal = Goal(bound, least=False)
    return [
        Figure(workload, "best epochs: time more than last ones", 100 * (seconds - 1), "%", goal),
        Figure(workload, "best epochs: log more than last ones", written / 1e6, "MB"),
    ]


def _figures(session: Session, rounds: int, workload: Workload, bound: float) -> list[Figure]:
    tables.create(session.connection, workload)
    found: dict[bool, list[Fitted]] = {True: [], False: []}
    with session.prepared("best", workload.name, "held_out", PROCESSES):
        session.fit("best", workload.model, {"learning_rate": [0.001, 0.002]})
        for round_ in range(rounds):
            for best in (True, False) if round_ % 2 else (False, True):
                options = {"restore_best": best}
                fitted = session.fit(
                    "best", workload.model, workload.space, _EPOCHS, options=options
                )
                found[best].append(fitted)
    return figures(workload.name, found[True], found[False], bound)
