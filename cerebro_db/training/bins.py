"""Bins of columns of numbers, and how far a number reaches into each. numpy only.

Piecewise linear encoding (On embeddings for numerical features in tabular deep learning, Gorishniy
et al., NeurIPS 2022, section 3.2): 1 for every bin below that of the number, its share of its own
bin, and 0 for those above. Below all bins a number goes on along the line of the first, under 0,
and above all along that of the last, over 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Edges = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Bins:
    """Bins as lines that are cut off: x reaches (x - start) * slope into one, from low to high.

    Args:
        column: of each bin, the position of its column.
    """

    column: np.ndarray
    start: np.ndarray
    slope: np.ndarray
    low: np.ndarray
    high: np.ndarray


def side_by_side(edges: Edges) -> Bins:
    """Return the bins of all columns, one column after the other: arrays (bins,)."""
    each = [_of_column(i, column) for i, column in enumerate(edges)]
    return Bins(*map(np.concatenate, zip(*each, strict=True)))


def by_column(edges: Edges) -> Bins:
    """Return the bins of each column: arrays (columns, most bins). What a column lacks gives 0."""
    most = max(len(column) for column in edges) - 1
    padded = [
        [np.pad(part, (0, most - len(column) + 1)) for part in _of_column(i, column)]
        for i, column in enumerate(edges)
    ]
    return Bins(*map(np.stack, zip(*padded, strict=True)))


def _of_column(position: int, edges: Sequence[float]) -> tuple[np.ndarray, ...]:
    at = np.array(edges, np.float64)
    bins = len(at) - 1
    low, high = np.zeros(bins, np.float32), np.ones(bins, np.float32)
    low[0], high[-1] = -np.inf, np.inf
    slope = (1.0 / np.diff(at)).astype(np.float32)
    return np.full(bins, position, np.int32), at[:-1].astype(np.float32), slope, low, high
