"""One of a list of values, of which each may open further dimensions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from cerebro_db.search.dimensions._base import Dimension, Option, moved


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

    def suggest(self, trial: Any, label: str) -> Option:
        # By number: Optuna takes no lists or objects, and would take true for 1.
        return self.listed[picked(trial, label, len(self.listed))]


def picked(trial: Any, label: str, count: int) -> int:
    """Return which of so many a trial of Optuna suggests; of one there is no choice."""
    return int(trial.suggest_categorical(label, tuple(range(count)))) if count > 1 else 0
