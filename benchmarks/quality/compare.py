"""Samples of the contest to lines: medians, and ratios within a round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, isinf
from statistics import median

from benchmarks.quality.contest import RANDOM, Contestant, Sample
from benchmarks.report import Goal, Quality

LEAST_RATIO, MOST_SHARE = 4.0, 0.25


def lines(samples: Sequence[Sample], limit: float) -> list[Quality]:
    """Return a line for each contestant on each task, in the order of their first samples.

    A rival's ratio is how many times as long it took as the one of ours that took least on that
    task in the median; ours have a share of random search's epochs to the same target instead.

    Args:
        limit: the seconds after which they gave up: where a rival did, it counts with these, and
            the ratio is a lower bound.
    """
    found = dict.fromkeys((sample.task, sample.contestant) for sample in samples)
    return [_line(samples, task, contestant, limit) for task, contestant in found]


def headline(samples: Sequence[Sample], task: str) -> Contestant | None:
    """Return which of ours took least time in the median, random search aside."""
    ours = dict.fromkeys(
        s.contestant
        for s in samples
        if s.task == task and s.contestant.ours and s.contestant != RANDOM
    )
    return min(ours, key=lambda one: median(_seconds(_of(samples, task, one))), default=None)


def _line(samples: Sequence[Sample], task: str, contestant: Contestant, limit: float) -> Quality:
    own = _of(samples, task, contestant)
    seconds = median(_seconds(own))
    epochs = median(inf if s.reached is None else s.reached.epochs for s in own)
    ratio, share = None, None
    if not contestant.ours:
        ratio = _ratio(samples, task, own, limit)
    elif contestant != RANDOM:
        share = _share(samples, task, own)
    return Quality(
        task=task,
        contestant=contestant.title,
        rounds=len(own),
        reached=sum(s.reached is not None for s in own),
        seconds=None if isinf(seconds) else seconds,
        epochs=None if isinf(epochs) else epochs,
        limit=limit,
        error=median(s.best for s in own),
        target=median(s.target for s in own),
        ratio=ratio,
        ratio_goal=None if contestant.ours else Goal(LEAST_RATIO, least=True),
        share=share,
        share_goal=Goal(MOST_SHARE, least=False)
        if contestant.ours and contestant != RANDOM
        else None,
        load=median(s.load for s in own),
    )


def _ratio(
    samples: Sequence[Sample], task: str, own: Sequence[Sample], limit: float
) -> float | None:
    """Return the median of the rounds that both have run; None where there is none."""
    ours = headline(samples, task)
    if ours is None:
        return None
    others = {s.round: seconds for s, seconds in _with_seconds(_of(samples, task, ours))}
    # 0 where ours gave up: then nothing is known in its favour.
    ratios = [
        min(limit, seconds) / others[s.round]
        for s, seconds in _with_seconds(own)
        if s.round in others
    ]
    return median(ratios) if ratios else None


def _share(samples: Sequence[Sample], task: str, own: Sequence[Sample]) -> float | None:
    """Return our epochs over all of random search's; None where ours gave up in most rounds."""
    whole = {s.round: s.epochs for s in _of(samples, task, RANDOM)}
    share = median(inf if s.reached is None else s.reached.epochs / whole[s.round] for s in own)
    return None if isinf(share) else share


def _with_seconds(samples: Sequence[Sample]) -> Iterator[tuple[Sample, float]]:
    return zip(samples, _seconds(samples), strict=True)


def _seconds(samples: Sequence[Sample]) -> list[float]:
    return [inf if s.reached is None else s.reached.seconds for s in samples]


def _of(samples: Sequence[Sample], task: str, contestant: Contestant) -> list[Sample]:
    """Return the samples of a contestant on a task, in the order of the rounds."""
    return [s for s in samples if s.task == task and s.contestant == contestant]
