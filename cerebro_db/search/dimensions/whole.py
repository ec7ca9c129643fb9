"""Ranges of whole numbers."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from cerebro_db.search.dimensions._base import (
    Dimension,
    Option,
    beyond_end,
    moved,
    spread,
    unstated,
)
from cerebro_db.search.dimensions.real import thinned


@dataclass(frozen=True)
class IntRange(Dimension):
    """Whole numbers from low to high in steps; ``points`` thins them out for a grid."""

    low: int
    high: int
    step: int | None = None
    points: int | None = None

    @property
    def samples(self) -> Collection[Any]:
        return (self.low, self._all()[-1])

    def grid_size(self, name: str) -> int:
        if self.points is None:
            if self.step is None and self.low < self.high:
                raise unstated(name)
            return len(self._all())
        return min(self.points, len(self._all()))

    def grid(self, name: str) -> Iterator[Option]:
        values = self._all()
        return (Option(values[i]) for i in thinned(len(values), self.grid_size(name)))

    def draw(self, generator: Random) -> Option:
        return Option(generator.choice(self._all()))

    def scaled(self, value: Any, factor: float) -> Any:
        values = self._all()
        # People bring in values between the steps, too.
        place = round((value - self.low) / values.step)
        wanted = (value * factor - self.low) / values.step
        return values[moved(place, wanted, factor, len(values))]

    def holds(self, value: Any) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high

    def beyond(self, value: Any) -> int | float | None:
        last = self._all()[-1]
        if self.low == last:
            return None
        return beyond_end((value - self.low) / (last - self.low), self.low, last)

    def suggest(self, trial: Any, label: str) -> Option:
        values = self._all()
        if len(values) == 1:
            return Option(self.low)
        return Option(int(trial.suggest_int(label, self.low, values[-1], step=values.step)))

    def _all(self) -> range:
        return range(self.low, self.high + 1, self.step or 1)


@dataclass(frozen=True)
class LogIntRange(Dimension):
    """Whole numbers from low (1 at least) to high, spread over their orders of magnitude."""

    low: int
    high: int
    points: int | None = None

    @property
    def samples(self) -> Collection[Any]:
        return (self.low, self.high)

    def grid_size(self, name: str) -> int:
        if self.low == self.high:
            return 1
        if self.points is None:
            raise unstated(name)
        return min(self.points, self.high - self.low + 1)

    def grid(self, name: str) -> Iterator[Option]:
        before = 0
        for share in spread(self.grid_size(name)):
            value = self._whole(self.low * (self.high / self.low) ** share)
            # Near a low end several round to the same.
            if value > before:
                yield Option(value)
            before = value

    def draw(self, generator: Random) -> Option:
        # From half below to half above, so that the ends have the share of what rounds to them.
        low, high = self.low - 0.5, self.high + 0.5
        return Option(self._whole(low * (high / low) ** generator.random()))

    def scaled(self, value: Any, factor: float) -> Any:
        wanted, count = value * factor - self.low, self.high - self.low + 1
        return self.low + moved(round(value) - self.low, wanted, factor, count)

    def holds(self, value: Any) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high

    def beyond(self, value: Any) -> int | float | None:
        if self.low == self.high:
            return None
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return beyond_end(share, self.low, self.high)

    def suggest(self, trial: Any, label: str) -> Option:
        if self.low == self.high:
            return Option(self.low)
        return Option(int(trial.suggest_int(label, self.low, self.high, log=True)))

    def _whole(self, value: float) -> int:
        return min(max(round(value), self.low), self.high)
