"""What a dimension is to those who choose values of it, and how dimensions make up a space."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from cerebro_db.errors import InvalidArgument


class Dimension(ABC):
    """The values that one hyper-parameter may take.

    A trial of Optuna, where one is given, is only asked for numbers: nothing of Optuna is imported.
    """

    @property
    @abstractmethod
    def samples(self) -> Collection[Any]:
        """Values among which are both ends, and one that is as long as any, written as JSON."""

    @property
    def options(self) -> tuple[Option, ...]:
        """All values with what each opens, where they are listed; empty for a range."""
        return ()

    @abstractmethod
    def grid_size(self, name: str) -> int:
        """Return how many values a grid tries; raise InvalidArgument if that is not stated."""

    @abstractmethod
    def grid(self, name: str) -> Iterator[Option]:
        """Return the values that a grid tries, one after the other: they may be very many."""

    @abstractmethod
    def draw(self, generator: Random) -> Option:
        """Return one value at random."""

    @abstractmethod
    def scaled(self, value: Any, factor: float) -> Any:
        """Return a value that is another one times a factor, or else the next one that way.

        At an end of the dimension it is that end.
        """

    @abstractmethod
    def holds(self, value: Any) -> bool:
        """Return whether a value is one of the dimension's."""

    def beyond(self, value: Any) -> int | float | None:
        """Return a number beyond the end of the dimension that a value lies at; None where it lies
        at none, or nobody could say."""
        return None

    @abstractmethod
    def suggest(self, trial: Any, label: str) -> Option:
        """Return the value that a trial of Optuna suggests under a label."""


@dataclass(frozen=True)
class Place:
    """One dimension where it stands in a space.

    ``label`` tells it from others of its name: those that other choices open, or other branches.
    """

    name: str
    label: str
    dimension: Dimension


@dataclass(frozen=True)
class Branch:
    """Dimensions that are open together."""

    places: tuple[Place, ...]

    @property
    def longest(self) -> int:
        """Return the characters of the longest values, with their names, as JSON."""
        return sum(len(place.name) + _longest(place.dimension) for place in self.places)

    @property
    def grid_size(self) -> int:
        """Return how many combinations a grid has at most."""
        size = 1
        for place in self.places:
            opening = [option for option in place.dimension.options if option.opens]
            size *= (
                place.dimension.grid_size(place.name)
                - len(opening)
                + sum(branch.grid_size for option in opening for branch in option.opens)
            )
        return size

    def all_places(self) -> Iterator[Place]:
        """Yield all of its dimensions, and those that their options open."""
        for place in self.places:
            yield place
            for option in place.dimension.options:
                for branch in option.opens:
                    yield from branch.all_places()


@dataclass(frozen=True)
class Option:
    """A value, and the branches of which it opens one."""

    value: Any
    opens: tuple[Branch, ...] = ()


def canonical(value: Any) -> str:
    """Return a JSON value as text that is the same for all that are equal, 1 and 1.0 among them."""
    return json.dumps(_plain(value), sort_keys=True)


def unstated(name: str) -> InvalidArgument:
    """Return the error for a grid over a range of which no number of values is stated."""
    return InvalidArgument(
        f'a grid does not know how many values of "{name}" to try',
        detail="A range has no end of values.",
        hint='Add "points" to the range, list the values, or use search := '
        '\'{"method": "random"}\'.',
    )


def spread(points: int) -> Iterator[float]:
    """Yield so many shares of a way, from 0 to 1, at equal distances; of one the beginning."""
    return (i / (points - 1) if points > 1 else 0.0 for i in range(points))


def moved(place: int, wanted: float, factor: float, count: int) -> int:
    """Return where a step leads from a place among so many: to what is wanted, but at least by one.

    Args:
        wanted: where the value times the factor lies, in places.
    """
    to = round(wanted)
    if to == place:
        to += 1 if factor > 1 else -1
    return min(max(to, 0), count - 1)


# Up to such a share of the way from an end, a number lies at it.
_AT_AN_END = 0.05
_FURTHER = 1.5


def beyond_end(
    share: float, low: float, high: float, *, distance: bool = False
) -> int | float | None:
    """Return a number further out than the end that another one lies at, None if it lies at none.

    Args:
        share: how far the number is on its way from low to high.
        distance: whether it is the distance to one that counts.
    """
    if low >= high or _AT_AN_END < share < 1 - _AT_AN_END:
        return None
    end, up = (low, False) if share < 0.5 else (high, True)
    if distance:
        return 1 - (1 - end) * (1 / _FURTHER if up else _FURTHER)
    # Where zero ends a dimension, it mostly means that there is no such thing.
    further = end * (_FURTHER if up == (end > 0) else 1 / _FURTHER)
    if isinstance(end, int):
        further = math.ceil(further) if up else math.floor(further)
    return further if further != end else None


def _longest(dimension: Dimension) -> int:
    return max(
        [len(json.dumps(value)) for value in dimension.samples]
        + [
            len(json.dumps(option.value)) + max(branch.longest for branch in option.opens)
            for option in dimension.options
            if option.opens
        ]
    )


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
