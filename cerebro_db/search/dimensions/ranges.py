"""Reads ranges: ``{"log": [low, high], "points": 3}`` and the other kinds."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.search.dimensions._base import Dimension
from cerebro_db.search.dimensions.real import RealRange, Scale, Steps
from cerebro_db.search.dimensions.whole import IntRange, LogIntRange

# Beyond these, numbers lose their meaning as hyper-parameters and arithmetic its exactness.
_LARGEST_INT = 2**53
_LARGEST = 1e100


def read_range(name: str, document: dict[str, Any]) -> Dimension:
    """Return the range that an object describes.

    Raises:
        InvalidArgument: it names no kind of range or more than one, or makes no sense.
    """
    kinds = [key for key in document if key in _KINDS]
    if "int" in kinds and "log" in kinds and not isinstance(document["log"], list):
        kinds.remove("log")
    if len(kinds) != 1:
        others = (key for key in document if key not in _KINDS and key not in _BESIDE)
        raise InvalidArgument(
            f'the space of "{name}" names no kind of range',
            detail=f"It is {json.dumps(document)}.",
            hint=nearest(next(others, ""), _KINDS),
        )
    kind = _KINDS[kinds[0]]
    for key in document:
        if key not in (kinds[0], *kind.beside):
            raise InvalidArgument(
                f'the space of "{name}" has an unknown key "{key}"',
                detail=f"It is {json.dumps(document)}.",
                hint=nearest(key, [kinds[0], *kind.beside]),
            )
    return kind.read(_Given(name, document, document[kinds[0]]))


def wrong(name: str, value: Any, detail: str) -> InvalidArgument:
    """Return the error for a dimension that makes no sense."""
    return InvalidArgument(
        f'the space of "{name}" makes no sense: {json.dumps(value)}',
        detail=detail,
        hint='Examples: [0.01, 0.1], {"log": [0.0001, 0.1]}, {"uniform": [0, 0.5]}, '
        '{"int": [16, 256, 16]}, {"log_near_one": [0.9, 0.999]}.',
    )


@dataclass(frozen=True)
class _Given:
    """A range as it was given."""

    name: str
    document: dict[str, Any]
    bounds: Any

    @property
    def points(self) -> int | None:
        points = self.document.get("points")
        if points is not None and (not _is_int(points) or points < 1):
            raise self.wrong('"points" must be a positive integer.')
        return points

    def ends(self) -> tuple[float, float]:
        """Return low and high as real numbers."""
        bounds = self.bounds
        if not isinstance(bounds, list) or len(bounds) != 2 or not all(map(_is_number, bounds)):
            raise self.wrong("A range has two finite numbers: [low, high].")
        low, high = map(float, bounds)
        self.require_order(low, high)
        return low, high

    def require_order(self, low: float, high: float) -> None:
        if low > high:
            raise self.wrong(f"Its low ({low:.17g}) is above its high ({high:.17g}).")

    def require_step(self, step: float, low: float, high: float) -> None:
        if low + step > high and low < high:
            raise self.wrong(f"Its step ({step:.17g}) is larger than the whole range.")

    def wrong(self, detail: str) -> InvalidArgument:
        return wrong(self.name, self.document, detail)


def _uniform(given: _Given) -> Dimension:
    low, high = given.ends()
    step = given.document.get("step")
    if step is None:
        return RealRange(low, high, "uniform", given.points)
    if not _is_number(step) or step <= 0:
        raise given.wrong('"step" must be a number above 0.')
    given.require_step(step, low, high)
    found = Steps(low, high, float(step), given.points)
    if found.count > _LARGEST_INT:
        raise given.wrong('"step" is too small for a range of this width.')
    return found


def _log(given: _Given) -> Dimension:
    low, high = given.ends()
    if low < 1 / _LARGEST:
        raise given.wrong(f"A log range starts above 0, not at {low:g}.")
    return _scaled(given, low, high, "log")


def _log_near_one(given: _Given) -> Dimension:
    low, high = given.ends()
    if low < 0 or high >= 1:
        raise given.wrong("A range of values near one begins at 0 at least, and ends below 1.")
    return _scaled(given, low, high, "log_near_one")


def _scaled(given: _Given, low: float, high: float, scale: Scale) -> Dimension:
    if "step" in given.document:
        raise given.wrong(
            f'"step" does not go with "{scale}", whose values lie the closer the smaller they are.'
        )
    return RealRange(low, high, scale, given.points)


def _int(given: _Given) -> Dimension:
    bounds, document = given.bounds, given.document
    if not isinstance(bounds, list) or len(bounds) not in (2, 3) or not all(map(_is_int, bounds)):
        raise given.wrong("An int range is [low, high] or [low, high, step], all integers.")
    low, high, *steps = map(int, bounds)
    given.require_order(low, high)
    if "step" in document:
        steps.append(document["step"])
    if len(steps) > 1:
        raise given.wrong("It states its step twice.")
    step = steps[0] if steps else None
    log = document.get("log", False)
    if not isinstance(log, bool):
        raise given.wrong('Beside "int", "log" must be true or false.')
    if not log:
        if step is not None and (not _is_int(step) or step < 1):
            raise given.wrong(f"Its step must be an integer of at least 1, not {json.dumps(step)}.")
        if step is not None:
            given.require_step(step, low, high)
        return IntRange(low, high, None if step is None else int(step), given.points)
    if step is not None:
        raise given.wrong('A step does not go with "log": leave it out, or list the values.')
    if low < 1:
        raise given.wrong(f"A log range starts above 0, not at {low}.")
    return LogIntRange(low, high, given.points)


@dataclass(frozen=True)
class _Kind:
    """How a kind of range is read, and what else may stand beside its bounds."""

    read: Callable[[_Given], Dimension]
    beside: tuple[str, ...] = ("points", "step")


_KINDS = {
    "log": _Kind(_log),
    "uniform": _Kind(_uniform),
    "int": _Kind(_int, ("points", "step", "log")),
    "log_near_one": _Kind(_log_near_one),
}
_BESIDE = ("points", "step")


def _is_int(value: Any) -> TypeGuard[int]:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return whole and not isinstance(value, bool) and abs(value) <= _LARGEST_INT


def _is_number(value: Any) -> TypeGuard[float]:
    # Where jsonb has stored 1e20, it comes back as an integer.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
