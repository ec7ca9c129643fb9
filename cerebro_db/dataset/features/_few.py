"""Columns of few whole numbers, such as an hour, a month, a number of children: they are searched
for, and a 0/1 column for each value stands behind the number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

# Few values are told apart where at least so many have enough rows.
_LEAST_APART = 3

# What a first look at a batch shows of most columns that have many.
_GLANCE = 1_024


class FewValues:
    """Counts each value while all are whole, and at most so many different ones."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values = np.empty(0)
        self._rows = np.empty(0, np.int64)
        self._few = most > 0

    def update(self, values: np.ndarray) -> None:
        """Count more values, float64 (rows,)."""
        if not self._few or not len(values):
            return
        for part in (values[:_GLANCE], values):
            if self._few and not self._known(part).all():
                self._add(np.unique(part))
        if self._few:
            places = np.searchsorted(self._values, values)
            self._rows += np.bincount(places, minlength=len(self._rows))

    @property
    def counted(self) -> dict[float, int] | None:
        """The rows of each value, in the order of values; None if they are not whole or not few."""
        if not self._few:
            return None
        return dict(zip(self._values.tolist(), self._rows.tolist(), strict=True))

    def apart(self, least: int) -> dict[float, int]:
        """Return the values that are told apart, each in at least so many rows, and their rows."""
        found = {value: rows for value, rows in (self.counted or {}).items() if rows >= least}
        return found if len(found) >= _LEAST_APART else {}

    def partial(self) -> list[list[Any]] | None:
        """Return plain JSON values: all that ``merge`` needs."""
        return [self._values.tolist(), self._rows.tolist()] if self._few else None

    def merge(self, partial: Any) -> None:
        """Add what was counted of other rows."""
        if partial is None:
            self._few = False
        elif self._few:
            values = np.array(partial[0], np.float64)
            self._add(values)
            if self._few:
                self._rows[np.searchsorted(self._values, values)] += np.array(partial[1], np.int64)

    def _known(self, values: np.ndarray) -> np.ndarray:
        if not len(self._values):
            return np.zeros(len(values), bool)
        places = np.minimum(np.searchsorted(self._values, values), len(self._values) - 1)
        return self._values[places] == values

    def _add(self, values: np.ndarray) -> None:
        """Make room for more values."""
        joined = np.union1d(self._values, values)
        if len(joined) > self._most or (joined != np.floor(joined)).any():
            self._few = False
            return
        rows = np.zeros(len(joined), np.int64)
        rows[np.searchsorted(joined, self._values)] = self._rows
        self._values, self._rows = joined, rows


class ToldApart:
    """Numbers with a 0/1 column for each of their values behind them.

    Args:
        values: of each number, those that have a column.
    """

    def __init__(self, values: Sequence[Sequence[float]]) -> None:
        self._of_numbers = values
        self.width = len(values) + sum(map(len, values))

    def beside(self, numbers: np.ndarray, scaled: np.ndarray) -> np.ndarray:
        """Return (rows, width): scaled numbers with the columns of their values between them.

        Args:
            numbers: as they are, float64 (rows, numbers).
            scaled: as networks take them, float32 (rows, numbers).
        """
        if self.width == len(self._of_numbers):
            return scaled
        own, of, order = self._places
        apart = np.equal(numbers.take(of, axis=1), own).astype(np.float32)
        return np.concatenate([scaled, apart], axis=1).take(order, axis=1)

    @property
    def numbers(self) -> list[int]:
        """The places of the numbers themselves among all columns."""
        counts = [1 + len(own) for own in self._of_numbers]
        return (np.cumsum(counts) - counts).tolist()

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The values that have a column, the numbers to which they belong, and where each column is
        among all numbers followed by all of these columns."""
        counts = [len(own) for own in self._of_numbers]
        values = [value for own in self._of_numbers for value in own]
        apart = np.split(len(counts) + np.arange(len(values)), np.cumsum(counts)[:-1])
        order = np.concatenate([part for i, own in enumerate(apart) for part in ([i], own)])
        of = np.repeat(np.arange(len(counts)), counts)
        return np.array(values), of, order.astype(np.intp)
