"""One of a list of values, of which each may open further dimensions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from cerebro_db.search.dimensions._base import Dimension, Option, beyond_end, canonical, moved

# Of two numbers each is an end.
_FEWEST = 3


@dataclass(frozen=True)
class Choice(Dimension):
    """One of a list of values."""

    listed: tuple[Option, ...]

    @property
    def samples(self) -> Collection[Any]:
        return [option.value for option in self.listed]

    @property
    def options(self) -> tuple[Option, ...]:
        return self.listed

    def grid_size(self, name: str) -> int:
        return len(self.listed)

    def grid(self, name: str) -> Iterator[Option]:
        return iter(self.listed)

    def draw(self, generator: Random) -> Option:
        return generator.choice(self.listed)

    def scaled(self, value: Any, factor: float) -> Any:
        values = [option.value for option in self.listed]
        if all(isinstance(other, int | float) for other in values):
            values.sort()
        place = values.index(value)
        return values[moved(place, place, factor, len(values))]

    def holds(self, value: Any) -> bool:
        return canonical(value) in {canonical(option.value) for option in self.listed}

    def beyond(self, value: Any) -> int | float | None:
        values = [option.value for option in self.listed]
        if not all(isinstance(x, int | float) and not isinstance(x, bool) for x in values):
            return None
        ordered = sorted(set(values))
        if len(ordered) < _FEWEST:
            return None
        return beyond_end(ordered.index(value) / (len(ordered) - 1), ordered[0], ordered[-1])

    def suggest(self, trial: Any, label: str) -> Option:
        # By number: Optuna takes no lists or objects, and would take true for 1.
        return self.listed[picked(trial, label, len(self.listed))]


def picked(trial: Any, label: str, count: int) -> int:
    """Return which of so many a trial of Optuna suggests; of one there is no choice."""
    return int(trial.suggest_categorical(label, tuple(range(count)))) if count > 1 else 0
