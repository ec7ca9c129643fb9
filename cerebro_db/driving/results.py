"""The results of a run's configurations, and who is best by them."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """The result of an epoch: the metric such that higher is better, NaN where the rows do not
    define it (auc of one class only), and the loss."""

    epoch: int
    score: float
    loss: float

    @property
    def value(self) -> float:
        """One number that is finite, and higher where it is better: by the loss if need be."""
        value = -self.loss if math.isnan(self.score) else self.score
        return value if math.isfinite(value) else math.copysign(_LARGEST, value)

    @property
    def order(self) -> tuple[bool, float, float]:
        """Sorts results, best first: those with a score by it, then the others by the loss."""
        if math.isnan(self.score):
            return True, self.loss if math.isfinite(self.loss) else math.inf, 0.0
        return False, -self.score, self.loss


_LARGEST = 1.7e308


class Results:
    """What each configuration has come to so far.

    Args:
        best: whether a configuration stands for its best epoch, the first of them if there are
            several, or for its last one.
    """

    def __init__(self, *, best: bool) -> None:
        self._best = best
        self._standing: dict[int, Result] = {}

    def __getitem__(self, config: int) -> Result:
        return self._standing[config]

    def __contains__(self, config: int) -> bool:
        return config in self._standing

    def add(self, config: int, result: Result) -> None:
        """Take in the result of a configuration's next epoch."""
        before = self._standing.get(config)
        if before is None or not self._best or result.order[:2] < before.order[:2]:
            self._standing[config] = result

    def ranking(self, failed: Container[int] = ()) -> list[int]:
        """Return the configurations that have done an epoch and did not fail, best first."""
        ranked = (config for config in self._standing if config not in failed)
        return sorted(ranked, key=lambda config: (*self._standing[config].order, config))

    def leader(self, failed: Container[int] = ()) -> int | None:
        """Return the best configuration, None while there is none."""
        ranked = (config for config in self._standing if config not in failed)
        return min(ranked, key=lambda config: (*self._standing[config].order, config), default=None)
