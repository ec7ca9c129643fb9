"""How long a second search in a session takes to begin."""

from __future__ import annotations

from statistics import median

from benchmarks.report import Figure, Goal
from benchmarks.rivals._base import PROCESSES
from benchmarks.session import Session
from benchmarks.workloads import W1


def warm_start(session: Session, rounds: int) -> Figure:
    """Return the seconds from the call to the start of the first unit, on a prepared dataset."""
    with session.prepared("warm", W1.name, "held_out", PROCESSES):
        fits = [
            session.fit("warm", W1.model, {"learning_rate": [0.001]}) for _ in range(1 + rounds)
        ]
    waits = [min(unit.started for unit in fitted.units) - fitted.called for fitted in fits[1:]]
    what = "second search in a session: call to first unit"
    return Figure("w1", what, median(waits), "s", Goal(0.3, least=False))
