"""What cerebro.hops says about a run: how long training took, and how much of the workers' time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from benchmarks.rivals._base import Unit


def training_seconds(units: Sequence[Unit]) -> float:
    """Return the time from the start of the first unit to the end of the last one."""
    return max(unit.finished for unit in units) - min(unit.started for unit in units)


def busy_share(units: Sequence[Unit]) -> float:
    """Return the share of the workers' time that passed in units, in the steady state.

    That is from when each worker has ended its first unit, which is compiled in it, until the first
    worker runs out of work.
    """
    workers = _by_worker(units)
    start = max(own[0].finished for own in workers)
    stop = min(own[-1].finished for own in workers)
    busy = sum(
        max(0.0, min(unit.finished, stop) - max(unit.started, start))
        for own in workers
        for unit in own
    )
    return busy / (len(workers) * (stop - start))


def periods(units: Sequence[Unit]) -> list[float]:
    """Return the times from the start of a unit to the start of the worker's next one."""
    return [
        after.started - before.started
        for own in _by_worker(units)
        for before, after in pairwise(own)
    ]


def _by_worker(units: Sequence[Unit]) -> list[list[Unit]]:
    workers = defaultdict(list)
    for unit in sorted(units, key=lambda unit: unit.started):
        workers[unit.worker].append(unit)
    return list(workers.values())
