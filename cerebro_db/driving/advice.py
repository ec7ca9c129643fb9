"""What a colleague would say of a run that has ended: where a better configuration may lie.

Functions of the space and of results, and of nothing else. Each gives one line at most, and none
where it could only guess: by two epochs, or by two values of a hyper-parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cerebro_db.driving.results import Result
from cerebro_db.search import EPOCHS, Space

# So many epochs, or values of a hyper-parameter, show where something leads.
_FEWEST = 3
# Shares of a curve's way from its first epoch that are no noise; where a schedule ends, the last
# epoch gains in any case.
_NOTABLE, _NOTABLE_AT_LAST = 0.02, 0.05
# A share of a result that is no noise.
_WORSE = 0.002


@dataclass(frozen=True)
class Point:
    """An epoch: its result, and the loss on training rows and on validation rows."""

    result: Result
    training: float
    validation: float


@dataclass(frozen=True)
class Course:
    """How the best configuration fared.

    Args:
        config: its number.
        params: the values that it has of the space.
        points: its epochs.
        whole: whether it has trained as far as it was to.
        annealed: whether its learning rate falls along a schedule.
    """

    config: int
    params: Mapping[str, Any]
    points: Sequence[Point]
    whole: bool
    annealed: bool


def advice(
    space: Space,
    tried: Sequence[Mapping[str, Any]],
    course: Course,
    possible: Callable[[Mapping[str, Any]], bool],
) -> Iterator[str]:
    """Yield lines about a run.

    Args:
        tried: the values of the configurations that were measured.
        course: that of the best of them.
        possible: whether there may be a configuration with other values.
    """
    if line := at_the_edge(space, tried, course.params, possible):
        yield line
    yield from of_course(course)


def at_the_edge(
    space: Space,
    tried: Sequence[Mapping[str, Any]],
    best: Mapping[str, Any],
    possible: Callable[[Mapping[str, Any]], bool],
) -> str | None:
    """Return which numbers of the best configuration lie at an end of the space, if it could have
    some beyond."""
    found: list[tuple[str, float]] = []
    for place in space.places_of(dict(best)):
        name = place.name
        values = {params[name] for params in tried if _is_number(params.get(name))}
        if name == EPOCHS or len(values) < _FEWEST:
            continue
        value = best[name]
        beyond = place.dimension.beyond(value)
        outermost = value in (min(values), max(values))
        if beyond is not None and outermost and possible({**best, name: beyond}):
            found.append((name, value))
    if not found:
        return None
    if len(found) == 1:
        ((name, value),) = found
        return f"the best {name} is at the edge of the space: {value:g}"
    *others, last = (f"{name} ({value:g})" for name, value in found)
    return f"the best {', '.join(others)} and {last} are at the edge of the space"


def of_course(course: Course) -> Iterator[str]:
    """Yield what the curves of the best configuration show."""
    points = course.points
    if len(points) < _FEWEST:
        return
    results = [point.result for point in points]
    whose = f"config {course.config}, the best,"
    if course.whole and _still_improves(results, course.annealed):
        yield f"{whose} was still improving at the last epoch: more epochs may do better"
    if results[0].epoch == 1 and _only_worsens(results):
        yield (
            f"{whose} was best after epoch 1 of {results[-1].epoch}: a lower learning_rate may do "
            "better"
        )
    if lowest := _validation_rises(points):
        yield (
            f"the validation loss of config {course.config}, the best, rises after epoch {lowest} "
            "while its training loss falls: dropout, weight_decay or fewer weights may do better"
        )


def _still_improves(results: Sequence[Result], annealed: bool) -> bool:
    """Return whether the last epoch is better than all before, by more than results waver."""
    values = [result.value for result in results]
    gain = values[-1] - max(values[:-1])
    wavers = max(max(before - after, 0.0) for before, after in pairwise(values))
    share = _NOTABLE_AT_LAST if annealed else _NOTABLE
    return gain > max(wavers, share * (values[-1] - values[0]), 0.0)


def _only_worsens(results: Sequence[Result]) -> bool:
    """Return whether nothing later came up to the first epoch, and the last is notably worse."""
    first, *later = (result.value for result in results)
    return first > max(later) and first - later[-1] > _WORSE * abs(first)


def _validation_rises(points: Sequence[Point]) -> int | None:
    """Return after which epoch the validation loss rises while the training loss falls, if so."""
    lowest, last = min(points, key=lambda point: point.validation), points[-1]
    rises = last.validation - lowest.validation > _NOTABLE * abs(lowest.validation)
    falls = last.training < lowest.training
    since = last.result.epoch - lowest.result.epoch
    return lowest.result.epoch if rises and falls and since > 1 else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
