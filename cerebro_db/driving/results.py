"""The results of a run's configurations, and who is best by them."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

BestEpoch = bool | Literal["loss"]
"""Which epoch a configuration stands for: its best one by the metric, by the loss, or its last."""


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
            return True, self.by_loss, 0.0
        return False, -self.score, self.loss

    @property
    def by_loss(self) -> float:
        """The loss, lower where it is better whatever it is."""
        return self.loss if math.isfinite(self.loss) else math.inf


_LARGEST = 1.7e308


class Results:
    """What each configuration has come to so far.

    Args:
        best: for which epoch a configuration stands: of several that are as good, for the first.
    """

    def __init__(self, *, best: BestEpoch) -> None:
        self._best = best
        self._standing: dict[int, Result] = {}

    def __getitem__(self, config: int) -> Result:
        return self._standing[config]

    def __contains__(self, config: int) -> bool:
        return config in self._standing

    def add(self, config: int, result: Result) -> None:
        """Take in the result of a configuration's next epoch."""
        before = self._standing.get(config)
        if before is None or self._better(result, before):
            self._standing[config] = result

    def _better(self, result: Result, before: Result) -> bool:
        if self._best == "loss":
            return result.by_loss < before.by_loss
        return not self._best or result.order[:2] < before.order[:2]

    def ranking(self, failed: Container[int] = ()) -> list[int]:
        """Return the configurations that have done an epoch and did not fail, best first."""
        ranked = (config for config in self._standing if config not in failed)
        return sorted(ranked, key=lambda config: (*self._standing[config].order, config))

    def leader(self, failed: Container[int] = ()) -> int | None:
        """Return the best configuration, None while there is none."""
        ranked = (config for config in self._standing if config not in failed)
        return min(ranked, key=lambda config: (*self._standing[config].order, config), default=None)
