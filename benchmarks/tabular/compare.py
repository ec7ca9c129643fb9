"""Results to ranks, gaps and goals. All errors are means over the rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from benchmarks.report import Figure, Goal
from benchmarks.tabular.contestants import CONTESTANTS, TREES, TUNED, TWINS
from benchmarks.tabular.ranks import Errors, ranks
from benchmarks.tabular.results import Result

MOST_BEHIND_IN_THE_MEDIAN, MOST_BEHIND, MOST_BEHIND_A_TWIN = 2.0, 8.0, 1.0


@dataclass(frozen=True)
class Line:
    """One contestant on one set.

    Args:
        rounds: that the other numbers are means of.
        gap: percent by which its error is larger than the least of all contestants.
    """

    contestant: str
    rounds: int
    error: float
    log_loss: float | None
    gap: float
    seconds: float
    cpu: float


@dataclass(frozen=True)
class Standing:
    """One contestant over all sets that count.

    Args:
        wins: on how many its error is the least.
        gap: percent behind the least error, in the median; ``worst`` at most.
    """

    contestant: str
    rank: float
    wins: int
    gap: float
    worst: float
    seconds: float
    cpu: float


def lines(results: Sequence[Result], name: str) -> list[Line]:
    """Return everybody on a set, the best first."""
    by_contestant: dict[str, list[Result]] = {}
    for result in results:
        if result.set == name:
            by_contestant.setdefault(result.contestant, []).append(result)
    least = min(mean(r.error for r in own) for own in by_contestant.values())
    found = []
    for contestant, own in by_contestant.items():
        error = mean(result.error for result in own)
        losses = [result.log_loss for result in own if result.log_loss is not None]
        found.append(
            Line(
                contestant,
                len(own),
                error,
                mean(losses) if losses else None,
                _behind(error, least),
                mean(result.seconds for result in own),
                mean(result.cpu for result in own),
            )
        )
    return sorted(found, key=lambda line: line.error)


def complete(results: Sequence[Result]) -> list[str]:
    """Return the sets that count: on which everybody has run who has run anywhere."""
    everybody = {result.contestant for result in results}
    names = dict.fromkeys(result.set for result in results)
    return [name for name in names if {r.contestant for r in results if r.set == name} == everybody]


def standings(results: Sequence[Result]) -> list[Standing]:
    """Return everybody over the sets that count, by mean rank."""
    by_set = {
        name: {one.contestant: one for one in lines(results, name)} for name in complete(results)
    }
    if not by_set:
        return []
    means = ranks({name: {t: one.error for t, one in own.items()} for name, own in by_set.items()})
    found = []
    for contestant, rank in means.items():
        own = [one[contestant] for one in by_set.values()]
        found.append(
            Standing(
                contestant,
                rank,
                sum(line.gap == 0 for line in own),
                median(line.gap for line in own),
                max(line.gap for line in own),
                median(line.seconds for line in own),
                median(line.cpu for line in own),
            )
        )
    return sorted(found, key=lambda one: one.rank)


def errors_of(results: Sequence[Result], titles: Sequence[str]) -> Errors:
    """Return the errors of some on the sets that all of them have run on."""
    own = [result for result in results if result.contestant in titles]
    if {result.contestant for result in own} != set(titles):
        return {}
    return {
        name: {line.contestant: line.error for line in lines(own, name)} for name in complete(own)
    }


def goals(results: Sequence[Result]) -> list[Figure]:
    """Return what is to be reached, and what was, of those that have run."""
    figures = _one_call(results)
    for seconds in sorted({r.stated for r in results if r.stated is not None}):
        figures += _timed(results, seconds)
    return figures + _twins(results)


def _one_call(results: Sequence[Result]) -> list[Figure]:
    ours = CONTESTANTS["ours"].title
    trees = [CONTESTANTS[name].title for name in TREES]
    errors = errors_of(results, [ours, *trees])
    if not errors:
        return []
    subject = f"one call, {counted(len(errors))}"
    catboost = CONTESTANTS["catboost"].title
    behind = [_behind(by[ours], min(by[title] for title in trees)) for by in errors.values()]
    ahead = 100 * mean(by[ours] < by[catboost] for by in errors.values())
    cpu = median(_cpu(results, name, ours) / _cpu(results, name, catboost) for name in errors)
    return [
        *_ahead(subject, errors, ours, [title for title in trees if title != catboost]),
        Figure(subject, "sets on which it is ahead of CatBoost", ahead, "%", Goal(50, least=True)),
        Figure(
            subject,
            "behind the best of the trees, median set",
            median(behind),
            "%",
            Goal(MOST_BEHIND_IN_THE_MEDIAN, least=False),
        ),
        Figure(
            subject,
            "behind the best of the trees, worst set",
            max(behind),
            "%",
            Goal(MOST_BEHIND, least=False),
        ),
        Figure(subject, "CPU seconds over CatBoost's, median set", cpu, "x", Goal(1, least=False)),
    ]


def _timed(results: Sequence[Result], seconds: float) -> list[Figure]:
    ours, *tuned = (CONTESTANTS[name].within(seconds).title for name in ("ours_timed", *TUNED))
    errors = errors_of(results, [ours, *tuned])
    return (
        _ahead(f"{seconds:g} seconds, {counted(len(errors))}", errors, ours, tuned)
        if errors
        else []
    )


def _twins(results: Sequence[Result]) -> list[Figure]:
    figures = []
    for name, twin in TWINS.items():
        ours, other = CONTESTANTS[name].title, CONTESTANTS[twin].title
        errors = errors_of(results, [ours, other])
        if errors:
            behind = max(_behind(by[ours], by[other]) for by in errors.values())
            subject, what = f"{ours}, {counted(len(errors))}", f"behind {other}, worst set"
            figures.append(
                Figure(subject, what, behind, "%", Goal(MOST_BEHIND_A_TWIN, least=False))
            )
    return figures


def _ahead(subject: str, errors: Errors, ours: str, others: Sequence[str]) -> list[Figure]:
    """Return our mean rank, and by how much each of the others' is larger."""
    means: Mapping[str, float] = ranks(errors)
    figures = [Figure(subject, "our mean rank", means[ours])]
    return figures + [
        Figure(
            subject,
            f"mean rank of {title}, less ours",
            means[title] - means[ours],
            "",
            Goal(0, least=True),
        )
        for title in others
    ]


def counted(sets: int) -> str:
    """Return a number of sets in words."""
    return "1 set" if sets == 1 else f"{sets} sets"


def _cpu(results: Sequence[Result], name: str, title: str) -> float:
    return mean(r.cpu for r in results if r.set == name and r.contestant == title)


def _behind(error: float, least: float) -> float:
    """Return by how many percent an error is larger; of no error at all nothing is a percent."""
    return 100 * (error / least - 1) if least > 0 else 0.0 if error == 0 else 100.0
