"""The probability above which a class or label is predicted: the best on rows that are known.

numpy only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cerebro_db.model.tasks import EVEN
from cerebro_db.model.values import is_number

Gain = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
"""From how many positive and how many negative rows are above each threshold, and how many positive
rows there are, to how good each threshold is; where rows are weighed, from what they count."""


@dataclass(frozen=True)
class Cost:
    """The cost of a row that is predicted positive wrongly, and of one that is missed."""

    false_positive: float = 1.0
    false_negative: float = 1.0


@dataclass(frozen=True)
class Wish:
    """The threshold that is wanted: a number, the best for f1, or the one of the least cost.

    Args:
        number: itself, if it is stated.
        cost: what it is to keep low; None: f1 is to be high.
    """

    number: float | None = None
    cost: Cost | None = None

    @classmethod
    def of(cls, document: Any) -> Wish | None:
        """Return what option "threshold" asks for, None if it is none of what it may be."""
        if document == "f1":
            return cls()
        if is_number(document):
            return cls(number=float(document)) if 0 < document < 1 else None
        if not isinstance(document, dict) or set(document) != {"cost"}:
            return None
        cost = document["cost"]
        if not isinstance(cost, dict) or not cost.keys() <= vars(Cost()).keys() or not cost:
            return None
        if not all(is_number(value) and value >= 0 for value in cost.values()):
            return None
        stated = Cost(**{mistake: float(value) for mistake, value in cost.items()})
        return cls(cost=stated) if any(vars(stated).values()) else None

    @property
    def needs_rows(self) -> bool:
        """Whether it is found out on validation rows."""
        return self.number is None

    def best(
        self, targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None
    ) -> list[float]:
        """Return the threshold of each unit that is best on some rows.

        Of several that are equally good it is the one nearest to 0.5.

        Args:
            targets: (rows,) or (rows, units); 0 and 1.
            predictions: (rows, units) of probabilities.
            weights: how much each row counts; None: all the same.
        """
        if self.number is not None:
            return [self.number] * predictions.shape[1]
        gain = _f1 if self.cost is None else _savings(self.cost)
        positive = targets.reshape(predictions.shape) > 0.5
        return [
            _best(positive[:, unit], predictions[:, unit], weights, gain)
            for unit in range(len(positive.T))
        ]


def _best(
    positive: np.ndarray, scores: np.ndarray, weights: np.ndarray | None, gain: Gain
) -> float:
    """Return the best threshold of one unit, in as few digits as tell it from its neighbours."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order].astype(np.float64)
    # A threshold lies behind the last of equal scores, the first one above all of them.
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], bool(len(ranked))))
    behind = np.concatenate([[0], ends + 1])
    count = np.ones(len(order), np.int64) if weights is None else weights.astype(np.float64)
    passed = np.concatenate([[0], np.cumsum(count[order])])[behind]
    hits = np.concatenate([[0], np.cumsum((positive * count)[order])])[behind]
    gains = gain(hits, passed - hits, (positive * count).sum())
    # What is above a threshold is greater than it: so it may be as low as the next score.
    edges = np.concatenate([[1.0], ranked, [0.0]])
    low, high = edges[behind + 1], edges[behind]
    gains = np.where(low < high, gains, -np.inf)
    best = gains == gains.max()
    found = [_between(*pair) for pair in zip(low[best].tolist(), high[best].tolist(), strict=True)]
    return min(found, key=lambda threshold: (abs(threshold - EVEN), threshold))


def _between(low: float, high: float) -> float:
    """Return the shortest number from ``low`` to below ``high``: 0.5 if it is there."""
    if low <= EVEN < high:
        return EVEN
    middle = (low + high) / 2
    for digits in range(1, 17):
        if low <= (short := round(middle, digits)) < high:
            return short
    return low


def _f1(hits: np.ndarray, wrong: np.ndarray, positive: float) -> np.ndarray:
    marked = hits + wrong + positive
    return 2 * hits / np.where(marked > 0, marked, 1)


def _savings(cost: Cost) -> Gain:
    def gain(hits: np.ndarray, wrong: np.ndarray, positive: float) -> np.ndarray:
        return -(wrong * cost.false_positive + (positive - hits) * cost.false_negative)

    return gain
