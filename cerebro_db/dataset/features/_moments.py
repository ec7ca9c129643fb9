"""Mean and standard deviation of values that arrive in batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cerebro_db.dataset.values.float32 import not_standardised


class Moments:
    """Merges batches by the pairwise update of Chan, Golub and LeVeque (1983)."""

    def __init__(self) -> None:
        self.count = 0
        self._mean: np.ndarray = np.zeros(())
        self._squares: np.ndarray = np.zeros(())
        self._low: np.ndarray = np.full((), np.inf)
        self._high: np.ndarray = np.full((), -np.inf)

    def update(self, values: np.ndarray) -> None:
        """Add finite float64 values (rows, ...); the statistics are taken over the rows."""
        if not len(values):
            return
        with np.errstate(over="ignore", invalid="ignore"):
            mean = values.mean(axis=0)
            squares = np.square(values - mean).sum(axis=0)
        self._add(len(values), mean, squares, values.min(axis=0), values.max(axis=0))

    def partial(self) -> dict[str, Any] | None:
        """Return plain JSON values, exactly: all that ``merge`` needs; None if there is nothing."""
        if not self.count:
            return None
        statistics = (self._mean, self._squares, self._low, self._high)
        return {"count": self.count, "statistics": [_to_json(array) for array in statistics]}

    def merge(self, partial: Mapping[str, Any] | None) -> None:
        """Add the moments of other values, of the same shape."""
        if partial is not None:
            self._add(partial["count"], *(np.array(s, np.float64) for s in partial["statistics"]))

    def _add(
        self, count: int, mean: np.ndarray, squares: np.ndarray, low: np.ndarray, high: np.ndarray
    ) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            total = self.count + count
            delta = mean - self._mean
            self._mean = self._mean + delta * (count / total)
            self._squares = (
                self._squares + squares + np.square(delta) * (self.count * count / total)
            )
        self._low = np.minimum(self._low, low)
        self._high = np.maximum(self._high, high)
        self.count = total

    @property
    def constant(self) -> np.ndarray:
        """The elements of which all values were the same."""
        return self._low >= self._high

    @property
    def range(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the largest values."""
        return self._low, self._high

    @property
    def only(self) -> float:
        """The value that was the same everywhere."""
        return float(self._low.ravel()[0])

    def standard(self, column: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean and the standard deviation, which is 0 where the values are constant.

        Raises:
            DataError: the values are too large for it.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            scale = np.sqrt(self._squares / max(self.count, 1))
        if not (np.isfinite(scale).all() and np.isfinite(self._mean).all()):
            raise not_standardised(column, self._low.min(), self._high.max())
        constant = self.constant | (scale == 0)
        return np.where(constant, self._low, self._mean), np.where(constant, 0.0, scale)


def divisor(scale: np.ndarray | float) -> np.ndarray:
    """Return what to divide by: where training saw one value only, all values become the mean, 0.

    No weight was trained on how such values change.
    """
    return np.where(np.asarray(scale) == 0, np.inf, scale)


def _to_json(values: np.ndarray) -> Any:
    """Return the numbers as nested lists; JSON has no infinity, so null stands for an overflow."""
    numbers = np.array(values, np.float64).astype(object)
    numbers[~np.isfinite(values)] = None
    return numbers.tolist()
