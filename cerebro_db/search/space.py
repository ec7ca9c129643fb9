"""The search space: one dimension for each hyper-parameter that is left open.

In JSON a dimension is a list of values, one value, or a range: ``{"log": [low, high]}``,
``{"uniform": [low, high]}`` or ``{"int": [low, high, step]}``. A grid cuts a range into
``"points"`` values; an int range with a step has its own.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from random import Random
from typing import Any

from cerebro_db.errors import InvalidArgument, nearest

# Beyond these, numbers lose their meaning as hyper-parameters and arithmetic its exactness.
_LARGEST_INT = 2**53
_LARGEST = 1e100


class Dimension(ABC):
    """The values that one hyper-parameter may take."""

    @property
    @abstractmethod
    def samples(self) -> Collection[Any]:
        """Values among which one is as long as any, written as JSON."""

    @abstractmethod
    def grid_size(self, name: str) -> int:
        """Return how many values a grid tries; raise InvalidArgument if that is not stated."""

    @abstractmethod
    def grid(self, name: str) -> list[Any]:
        """Return the values that a grid tries."""

    @abstractmethod
    def draw(self, generator: Random) -> Any:
        """Return one value at random."""


@dataclass(frozen=True)
class Choice(Dimension):
    """One of a list of values."""

    values: tuple[Any, ...]

    @property
    def samples(self) -> Collection[Any]:
        return self.values

    def grid_size(self, name: str) -> int:
        return len(self.values)

    def grid(self, name: str) -> list[Any]:
        return list(self.values)

    def draw(self, generator: Random) -> Any:
        return generator.choice(self.values)


@dataclass(frozen=True)
class Range(Dimension):
    """Real numbers from low to high, spread evenly or (log) over their orders of magnitude."""

    low: float
    high: float
    log: bool = False
    points: int | None = None

    @property
    def samples(self) -> Collection[Any]:
        # Six digits, sign and exponent.
        return (self.low, self.high, -1.23456e-100)

    def grid_size(self, name: str) -> int:
        return _stated(name, self.points)

    def grid(self, name: str) -> list[float]:
        points = self.grid_size(name)
        return [self._at(i / (points - 1) if points > 1 else 0.0) for i in range(points)]

    def draw(self, generator: Random) -> float:
        return self._at(generator.random())

    def _at(self, share: float) -> float:
        """Return the value at a share (0 to 1) of the way, rounded to what a person would write."""
        if share in (0.0, 1.0):
            return self.high if share else self.low
        if self.log:
            value = self.low * (self.high / self.low) ** share
        else:
            value = self.low + (self.high - self.low) * share
        return float(f"{value:.6g}")


@dataclass(frozen=True)
class IntRange(Dimension):
    """Whole numbers from low to high in steps; ``points`` thins them out for a grid."""

    low: int
    high: int
    step: int | None = None
    points: int | None = None

    @property
    def samples(self) -> Collection[Any]:
        return (self.low, self.high)

    def grid_size(self, name: str) -> int:
        if self.points is None and self.step is not None:
            return len(self._all())
        return min(_stated(name, self.points), len(self._all()))

    def grid(self, name: str) -> list[int]:
        values, points = self._all(), self.grid_size(name)
        if points == 1:
            return [values[0]]
        return [values[round(i * (len(values) - 1) / (points - 1))] for i in range(points)]

    def draw(self, generator: Random) -> int:
        return generator.choice(self._all())

    def _all(self) -> range:
        return range(self.low, self.high + 1, self.step or 1)


@dataclass(frozen=True)
class Space:
    """The open hyper-parameters, by name."""

    dimensions: dict[str, Dimension]

    @classmethod
    def parse(cls, document: dict[str, Any]) -> Space:
        """Read the ``space`` argument of cerebro_fit.

        Raises:
            InvalidArgument: it is not an object of dimensions, or a dimension makes no sense.
        """
        return cls({name: _dimension(name, value) for name, value in document.items()})


def _dimension(name: str, value: Any) -> Dimension:
    if isinstance(value, list):
        if not value:
            raise _wrong(name, value, "The list of values is empty.")
        return Choice(tuple(value))
    if not isinstance(value, dict):
        return Choice((value,))
    kinds = [key for key in value if key in _RANGES]
    if len(kinds) != 1:
        unknown = next((key for key in value if key != "points"), "")
        raise InvalidArgument(
            f'the space of "{name}" names no kind of range',
            detail=f"It is {json.dumps(value)}.",
            hint=nearest(unknown, _RANGES),
        )
    kind = kinds[0]
    for key in value:
        if key not in (kind, "points"):
            raise InvalidArgument(
                f'the space of "{name}" has an unknown key "{key}"',
                detail=f"It is {json.dumps(value)}.",
                hint=nearest(key, [kind, "points"]),
            )
    points = value.get("points")
    if points is not None and (not _is_int(points) or points < 1):
        raise _wrong(name, value, '"points" must be a positive integer.')
    return _RANGES[kind](name, value, value[kind], points)


def _real_range(log: bool) -> Any:
    def build(name: str, whole: Any, bounds: Any, points: int | None) -> Dimension:
        if not isinstance(bounds, list) or len(bounds) != 2 or not all(map(_is_number, bounds)):
            raise _wrong(name, whole, "A range has two finite numbers: [low, high].")
        low, high = map(float, bounds)
        if low > high:
            raise _wrong(name, whole, f"Its low ({low:g}) is above its high ({high:g}).")
        if log and low < 1 / _LARGEST:
            raise _wrong(name, whole, f"A log range starts above 0, not at {low:g}.")
        return Range(low, high, log, points)

    return build


def _int_range(name: str, whole: Any, bounds: Any, points: int | None) -> Dimension:
    if not isinstance(bounds, list) or len(bounds) not in (2, 3) or not all(map(_is_int, bounds)):
        raise _wrong(name, whole, "An int range is [low, high] or [low, high, step], all integers.")
    low, high = bounds[:2]
    step = bounds[2] if len(bounds) == 3 else None
    if low > high:
        raise _wrong(name, whole, f"Its low ({low}) is above its high ({high}).")
    if step is not None and step < 1:
        raise _wrong(name, whole, f"Its step must be at least 1, not {step}.")
    return IntRange(low, high, step, points)


_RANGES: dict[str, Any] = {
    "log": _real_range(log=True),
    "uniform": _real_range(log=False),
    "int": _int_range,
}


def _stated(name: str, points: int | None) -> int:
    if points is None:
        raise InvalidArgument(
            f'a grid does not know how many values of "{name}" to try',
            detail="A range has no end of values.",
            hint='Add "points" to the range, list the values, or use search := '
            '\'{"method": "random"}\'.',
        )
    return points


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_INT


def _is_number(value: Any) -> bool:
    # Where jsonb has stored 1e20, it comes back as an integer.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _wrong(name: str, value: Any, detail: str) -> InvalidArgument:
    return InvalidArgument(
        f'the space of "{name}" makes no sense: {json.dumps(value)}',
        detail=detail,
        hint='Examples: [0.01, 0.1], {"log": [0.0001, 0.1]}, {"uniform": [0, 0.5]}, '
        '{"int": [16, 256, 16]}.',
    )
