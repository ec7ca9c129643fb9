"""How the values of a continuous column spread, in encoded units: what numerical embeddings and
robust scaling inside of networks take from a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

BINS = 32
"""The bins of a column by default, as many as Gorishniy et al. (NeurIPS 2022) tune around."""

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
    robust: tuple[float, float] = (0.0, 1.0)


DISCRETE = Spread()
"""What is said of a column that is no continuous number."""


def default_bins(columns: int) -> int:
    """Return how many bins each of so many continuous columns gets."""
    return max(_LEAST_BINS, min(BINS, _MOST_EDGES // max(1, columns)))


def spread(values: np.ndarray, low: float, high: float, bins: int) -> Spread:
    """Return the spread of a column; edges are quantiles, each once.

    Args:
        values: a sample of the encoded values, sorted.
        low, high: the least and the largest of all of them.
        bins: how many at most.
    """
    edges = _quantiles(values, np.linspace(0, 1, bins + 1))
    edges[0], edges[-1] = low, high
    rising = tuple(dict.fromkeys(map(_short, edges.tolist())))
    first, median, third = _quantiles(values, np.array([0.25, 0.5, 0.75])).tolist()
    whole = 2 / (high - low) if high > low else 0.0
    factor = 1 / (third - first) if third > first else whole
    return Spread(rising if len(rising) > 1 else (), (_short(median), _short(factor)))


def bins_shown(edges: Sequence[float] | None) -> dict[str, int]:
    """Return how many bins there are, for people; nothing where none were learned."""
    return {"bins": len(edges) - 1} if edges else {}


def _quantiles(values: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the least values that are not below these shares of all: values that do occur."""
    places = np.ceil(shares * len(values)).astype(np.intp) - 1
    return values[np.maximum(places, 0)]


def _short(number: float) -> float:
    """Return a number with as many digits as float32 has."""
    return float(f"{number:.7g}")
