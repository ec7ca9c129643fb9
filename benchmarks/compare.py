"""Samples of all contestants to lines and figures: medians, and ratios within a round."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.contestants import ARRAYS, OURS, Contestant, Sample
from benchmarks.hops import busy_share, training_seconds
from benchmarks.report import Figure, Goal, Line


def lines(samples: Sequence[Sample]) -> list[Line]:
    """Return a line for each contestant on each workload, in the order of their first samples."""
    found = dict.fromkeys((sample.workload, sample.contestant) for sample in samples)
    return [_line(samples, workload, contestant) for workload, contestant in found]


def training_figures(samples: Sequence[Sample]) -> list[Figure]:
    """Return our training against the same on arrays, and the workers' busy share on W1."""
    figures = []
    for workload in dict.fromkeys(sample.workload for sample in samples):
        ours = _of(samples, workload, OURS)
        alone = [sample.outcome.seconds["training"] for sample in _of(samples, workload, ARRAYS)]
        trained = [training_seconds(sample.outcome.units) for sample in ours]
        ratios = [own / other for own, other in zip(trained, alone, strict=True)]
        figures += [
            Figure(workload, "our training in the database", median(trained), "s"),
            Figure(
                workload,
                "the same, over that on arrays in memory",
                median(ratios),
                "x",
                Goal(1.05, least=False),
            ),
        ]
        if workload == "w1":
            share = 100 * median(busy_share(sample.outcome.units) for sample in ours)
            what = "workers' time in training units, steady state"
            figures.append(Figure(workload, what, share, "%", Goal(95, least=True)))
    return figures


def _line(samples: Sequence[Sample], workload: str, contestant: Contestant) -> Line:
    own = _of(samples, workload, contestant)
    seconds = [sample.seconds for sample in own]
    ratio = None
    if contestant is ARRAYS:
        seconds = [sample.outcome.seconds["training"] for sample in own]
    elif contestant is not OURS:
        ours = [sample.seconds for sample in _of(samples, workload, OURS)]
        ratio = median(theirs / our for theirs, our in zip(seconds, ours, strict=True))
    bound = contestant.goals.get(workload)
    return Line(
        workload=workload,
        contestant=contestant.title,
        rounds=len(own),
        seconds=median(seconds),
        fastest=min(seconds),
        slowest=max(seconds),
        loss=median(min(sample.outcome.losses.values()) for sample in own),
        ratio=ratio,
        goal=None if bound is None else Goal(bound, least=True),
    )


def _of(samples: Sequence[Sample], workload: str, contestant: Contestant) -> list[Sample]:
    """Return the samples of a contestant on a workload, in the order of the rounds."""
    return [s for s in samples if s.workload == workload and s.contestant == contestant]
