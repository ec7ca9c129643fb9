"""The search for columns of few whole numbers: an hour, a month, a number of children."""

from __future__ import annotations

from typing import Any

import numpy as np

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
