"""Ranges of real numbers. What is drawn is rounded to what a person would write."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any, Literal

from cerebro_db.search.dimensions._base import (
    Dimension,
    Option,
    beyond_end,
    moved,
    spread,
    unstated,
)

Scale = Literal["uniform", "log", "log_near_one"]


@dataclass(frozen=True)
class RealRange(Dimension):
    """Real numbers from low to high, spread evenly (uniform), over their orders of magnitude (log),
    or over those of their distance to one, which none reaches (log_near_one)."""

    low: float
    high: float
    scale: Scale = "uniform"
    points: int | None = None

    @property
    def samples(self) -> Collection[Any]:
        # Digits, sign and exponent.
        return (self.low, self.high, -1.23456e-100)

    def grid_size(self, name: str) -> int:
        if self.points is None:
            raise unstated(name)
        return 1 if self.low == self.high else self.points

    def grid(self, name: str) -> Iterator[Option]:
        return (Option(self._at(share)) for share in spread(self.grid_size(name)))

    def draw(self, generator: Random) -> Option:
        return Option(self._at(generator.random()))

    def scaled(self, value: Any, factor: float) -> Any:
        if self.scale == "log_near_one":
            # It is the distance to one that counts.
            return self._near_one((1 - value) * factor)
        return self._rounded(value * factor)

    def holds(self, value: Any) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high

    def beyond(self, value: Any) -> int | float | None:
        if self.low == self.high:
            return None
        near_one = self.scale == "log_near_one"
        return beyond_end(self._share(value), self.low, self.high, distance=near_one)

    def suggest(self, trial: Any, label: str) -> Option:
        if self.low == self.high:
            return Option(self.low)
        if self.scale == "log_near_one":
            low, high = 1 - self.high, 1 - self.low
            return Option(self._near_one(trial.suggest_float(label, low, high, log=True)))
        log = self.scale == "log"
        return Option(self._rounded(trial.suggest_float(label, self.low, self.high, log=log)))

    def _at(self, share: float) -> float:
        """Return the value at a share (0 to 1) of the way."""
        if share in (0.0, 1.0):
            return self.high if share else self.low
        match self.scale:
            case "uniform":
                return self._rounded(self.low + (self.high - self.low) * share)
            case "log":
                return self._rounded(self.low * (self.high / self.low) ** share)
            case "log_near_one":
                far, near = 1 - self.low, 1 - self.high
                return self._near_one(far * (near / far) ** share)

    def _share(self, value: float) -> float:
        """Return how far a value is on the way: what ``_at`` undoes."""
        match self.scale:
            case "uniform":
                return (value - self.low) / (self.high - self.low)
            case "log":
                return math.log(value / self.low) / math.log(self.high / self.low)
            case "log_near_one":
                far, near = 1 - self.low, 1 - self.high
                return math.log((1 - value) / far) / math.log(near / far)

    def _rounded(self, value: float) -> float:
        return self._within(float(f"{value:.6g}"))

    def _near_one(self, distance: float) -> float:
        return self._within(float(1 - Decimal(f"{distance:.6g}")))

    def _within(self, value: float) -> float:
        return min(max(value, self.low), self.high)


@dataclass(frozen=True)
class Steps(Dimension):
    """Real numbers from low in steps, up to high if a step meets it; ``points`` thins them out for
    a grid."""

    low: float
    high: float
    step: float
    points: int | None = None

    @property
    def count(self) -> int:
        """Return how many there are."""
        return int((_exact(self.high) - _exact(self.low)) // _exact(self.step)) + 1

    @property
    def samples(self) -> Collection[Any]:
        return (self.low, self._at(self.count - 1), -1.2345678901234567e-100)

    def grid_size(self, name: str) -> int:
        return self.count if self.points is None else min(self.points, self.count)

    def grid(self, name: str) -> Iterator[Option]:
        size = self.grid_size(name)
        return (Option(self._at(number)) for number in thinned(self.count, size))

    def draw(self, generator: Random) -> Option:
        return Option(self._at(generator.randrange(self.count)))

    def scaled(self, value: Any, factor: float) -> Any:
        place = round((value - self.low) / self.step)
        wanted = (value * factor - self.low) / self.step
        return self._at(moved(place, wanted, factor, self.count))

    def holds(self, value: Any) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high

    def beyond(self, value: Any) -> int | float | None:
        last = self._at(self.count - 1)
        if self.low == last:
            return None
        return beyond_end((value - self.low) / (last - self.low), self.low, last)

    def suggest(self, trial: Any, label: str) -> Option:
        last = self.count - 1
        return Option(self._at(trial.suggest_int(label, 0, last) if last else 0))

    def _at(self, number: int) -> float:
        # As it is written in decimals: three steps of 0.1 are 0.3.
        return float(_exact(self.low) + number * _exact(self.step))


def thinned(count: int, size: int) -> Iterator[int]:
    """Yield ``size`` of the numbers from 0 to ``count`` - 1, ends included, evenly spread."""
    if size == 1:
        return iter((0,))
    return (round(Fraction(i * (count - 1), size - 1)) for i in range(size))


def _exact(value: float) -> Fraction:
    return Fraction(repr(value))
