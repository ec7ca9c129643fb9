"""How the values of a continuous column spread, in encoded units: what numerical embeddings and
robust scaling inside of networks take from a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

BINS = 32
"""The bins of a column by default, as many as Gorishniy et al. (NeurIPS 2022) tune around."""

TARGET = "target"
"""What ``bins`` in ``encode`` says to have the target choose edges."""

# Of so many bins for each, the target chooses.
_CANDIDATES = 4

# A signature goes with every unit, so it stays small: this many edges in a dataset.
_MOST_EDGES = 8_192
_LEAST_BINS = 4


class Spread(NamedTuple):
    """The spread of one column.

    Args:
        edges: of bins, rising, from the least training value to the largest; () where the column is
            no continuous number: of a category, an indicator, a boolean, a point on a cycle.
        robust: the median, and the factor that makes the distance of the quartiles 1; where that
            is 0, the range 2; of a constant 0 (Holzmüller et al., NeurIPS 2024).
    """

    edges: tuple[float, ...] = ()
    robust: tuple[float, float] = (0.0, 2.0)


UNCOUNTED = Spread()
"""What is said of a column of 0 and 1 where nobody counted: that it is seldom 1."""


def counted_spread(share: float) -> Spread:
    """Return the spread of a column that is 1 in this share of the rows, and else 0."""
    first, median, third = (float(share > 1 - quarter) for quarter in (0.25, 0.5, 0.75))
    if third > first:
        return Spread(robust=(median, 1.0))
    return Spread(robust=(median, 2.0 if 0 < share < 1 else 0.0))


def counted_spreads(shares: Sequence[float], columns: int) -> list[Spread]:
    """Return the spreads of so many columns of 0 and 1.

    Args:
        shares: of the rows with 1, by column; () where nobody counted.
    """
    return [counted_spread(share) for share in shares] or [UNCOUNTED] * columns


def default_bins(columns: int) -> int:
    """Return how many bins each of so many continuous columns gets."""
    return max(_LEAST_BINS, min(BINS, _MOST_EDGES // max(1, columns)))


def edges_learned(options: Mapping[str, Any], columns: int = 1) -> int:
    """Return how many bins to learn of each column: where the target is to choose among their edges
    later on (``by``), some more.

    Args:
        options: ``bins`` and ``by``.
        columns: that share the room for edges.
    """
    bins = min(options.get("bins", BINS), default_bins(columns))
    return bins * _CANDIDATES if options.get("by") == TARGET else bins


def spread(values: np.ndarray, bins: int) -> Spread:
    """Return the spread of a column; edges are quantiles, each once.

    Args:
        values: a sample of the encoded values, sorted, the least and the largest of all of them
            first and last.
        bins: how many at most.
    """
    rising = dict.fromkeys(map(_short, values_at(values, np.linspace(0, 1, bins + 1)).tolist()))
    _, median, _ = quartiles(values)
    edges = tuple(rising) if len(rising) > 1 else ()
    return Spread(edges, (_short(median), _short(robust_factor(values))))


def quartiles(values: np.ndarray) -> tuple[float, float, float]:
    """Return the quartiles of sorted values; the second one is the median."""
    first, median, third = values_at(values, np.array([0.25, 0.5, 0.75])).tolist()
    return first, median, third


def robust_factor(values: np.ndarray) -> float:
    """Return the second part of ``Spread.robust``; see there, and ``spread``."""
    first, _, third = quartiles(values)
    if third > first:
        return 1 / (third - first)
    least, largest = values[[0, -1]].tolist()
    return 2 / (largest - least) if largest > least else 0.0


def bins_shown(edges: Sequence[float] | None) -> dict[str, int]:
    """Return how many bins there are, for people; nothing where none were learned."""
    return {"bins": len(edges) - 1} if edges else {}


def values_at(values: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the least values that are not below these shares of all: values that do occur."""
    places = np.ceil(shares * len(values)).astype(np.intp) - 1
    return values[np.maximum(places, 0)]


def _short(number: float) -> float:
    """Return a number with as many digits as float32 has."""
    return float(f"{number:.7g}")
