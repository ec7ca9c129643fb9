"""The search for columns of numbers that only count rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from cerebro_db.dataset.features._packed import packed, unpacked

# A random sample of this many rows shows two that are equal, if any part of the rows worth the name
# is; more would cost memory that grows with the rows.
_MOST = 500_000

# From here on float64 does not tell integers apart, so that equal ones prove nothing.
_EXACT = 2.0**53

_NAME = re.compile(r"(^|_)(id|key)$", re.IGNORECASE)
_CAMEL = re.compile(r"[a-z0-9](Id|ID|Key)$")


def named_id(column: str) -> bool:
    """Return whether a name says that a column is an id: id, customer_id, customerId, row_key."""
    return bool(_NAME.search(column) or _CAMEL.search(column))


class Distinctness:
    """The distinctness of numbers that arrive in batches: integers of which no two are equal.

    Rows come in random order, so of very many a part is remembered.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._possible = True
        self._low, self._high = np.inf, -np.inf
        self._sorted = np.empty(0)
        self._new: list[np.ndarray] = []
        self._room = _MOST

    def update(self, values: np.ndarray) -> None:
        """Look at more rows; NaN is a missing value, and an id is never missing."""
        if not self._possible or not len(values):
            return
        if not _integers(values):
            self._give_up()
            return
        self._add(len(values), float(values.min()), float(values.max()), values)

    @property
    def all_differ(self) -> bool:
        """Whether all are integers, and no two of them equal."""
        self._settle()
        return self._possible and self.rows > 1

    @property
    def gapless(self) -> bool:
        """Whether integers that all differ run without gaps."""
        return self._high - self._low + 1 == self.rows

    def partial(self) -> dict[str, Any]:
        """Return plain JSON values: all that ``merge`` needs."""
        self._settle()
        if not self._possible or not self.rows:
            return {"possible": self._possible, "rows": 0}
        return {
            "possible": True,
            "rows": self.rows,
            "range": [self._low, self._high],
            "values": packed(self._sorted),
        }

    def merge(self, partial: Mapping[str, Any]) -> None:
        """Add what was found of other rows."""
        if not partial["possible"]:
            self._give_up()
        elif self._possible and partial["rows"]:
            low, high = map(float, partial["range"])
            self._add(partial["rows"], low, high, unpacked(partial["values"]))

    def _add(self, rows: int, low: float, high: float, values: np.ndarray) -> None:
        self.rows += rows
        self._low, self._high = min(self._low, low), max(self._high, high)
        values = values[: self._room]
        self._room -= len(values)
        self._new.append(values)
        # Sorted as often as their number doubles.
        if sum(map(len, self._new)) > len(self._sorted):
            self._settle()

    def _settle(self) -> None:
        if not self._new:
            return
        self._sorted = np.sort(np.concatenate([self._sorted, *self._new]))
        self._new = []
        equal = self._sorted[1:] == self._sorted[:-1]
        if (equal & (np.abs(self._sorted[1:]) < _EXACT)).any():
            self._give_up()

    def _give_up(self) -> None:
        self._possible = False
        self._sorted, self._new = np.empty(0), []


def _integers(values: np.ndarray) -> bool:
    # Of most columns the first value says that they are none.
    whole = values[0] == np.floor(values[0])
    return bool(whole) and bool((np.isfinite(values) & (values == np.floor(values))).all())
