"""What a hop costs, by the size of the state: time, and bytes in the write-ahead log.

Units of one mini-batch of 64 rows are next to nothing but hops. The mini-batch itself is taken off:
units of five show what one costs. The log is what a second epoch adds to it, hop by hop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.hops import periods
from benchmarks.report import Curve, Figure, Goal
from benchmarks.session import Fitted, Session
from benchmarks.workloads import W1

_BATCH, _MORE = 64, 5
_SPACE = {"learning_rate": [0.001, 0.002]}


@dataclass(frozen=True)
class _Size:
    """Units in two hidden layers, and so many partitions that a fit makes not too much of a log."""

    hidden: int
    partitions: int


_SIZES = (_Size(66, 16), _Size(264, 16), _Size(903, 8), _Size(2923, 2))


@dataclass(frozen=True)
class _Hop:
    megabytes: float
    milliseconds: float
    log_ratio: float


def hop_cost(session: Session, rounds: int) -> tuple[Curve, list[Figure]]:
    """Return the curve, and for each size the figures that have goals."""
    found = [[_measure(session, size) for size in _SIZES] for _ in range(rounds)]
    hops = [
        _Hop(
            one_size[0].megabytes,
            median(hop.milliseconds for hop in one_size),
            median(hop.log_ratio for hop in one_size),
        )
        for one_size in zip(*found, strict=True)
    ]
    megabytes = [hop.megabytes for hop in hops]
    bounds = [2 + 5 * size for size in megabytes]
    figures = []
    for hop, bound in zip(hops, bounds, strict=True):
        state = f"state of {hop.megabytes:.2g} MB"
        goal = Goal(round(bound, 1), least=False)
        figures += [
            Figure(state, "a hop", hop.milliseconds, "ms", goal),
            Figure(
                state, "log of a hop, over the state", hop.log_ratio, "x", Goal(1.1, least=False)
            ),
        ]
    curve = Curve(
        "A hop",
        "megabytes of state",
        "milliseconds",
        megabytes,
        {"hop": [hop.milliseconds for hop in hops]},
        bounds,
    )
    return curve, figures


def _measure(session: Session, size: _Size) -> _Hop:
    one, two = _fits(session, size, batches=1, epochs=(1, 2))
    (more,) = _fits(session, size, batches=_MORE, epochs=(1,))
    period = _period([one, two])
    per_batch = (_period([more]) - period) / (_MORE - 1)
    state_bytes = one.units[0].state_bytes
    log = (two.wal_bytes - one.wal_bytes) / (len(two.units) - len(one.units))
    return _Hop(state_bytes / 1e6, 1000 * (period - per_batch), log / state_bytes)


def _fits(session: Session, size: _Size, batches: int, epochs: Sequence[int]) -> list[Fitted]:
    """Fit once for each number of epochs, with a worker that has compiled the model before."""
    model = W1.model | {"hidden": [size.hidden, size.hidden], "batch_size": _BATCH}
    source = f"select * from {W1.name} limit {size.partitions * batches * _BATCH}"
    with session.prepared("states", source, "0", size.partitions):
        session.fit("states", model, _SPACE, workers=1)
        return [session.fit("states", model, _SPACE, number, workers=1) for number in epochs]


def _period(fits: Sequence[Fitted]) -> float:
    return median(period for fitted in fits for period in periods(fitted.units))
