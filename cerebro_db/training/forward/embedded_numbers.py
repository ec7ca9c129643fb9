"""Numbers as vectors: linear, piecewise linear and periodic embeddings of columns of numbers.

``training/keras/layers/embedded_numbers.py`` says what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cerebro_db.training.bins import Edges, by_column, side_by_side

Array = np.ndarray
Operation = Callable[..., Array]


def _take_columns(*, columns: Sequence[int]) -> Operation:
    taken = list(columns)
    return lambda x: x[:, taken]


def _piecewise_encoding(*, edges: Edges) -> Operation:
    bins = side_by_side(edges)

    def encode(x: Array) -> Array:
        found = x[:, bins.column]
        found -= bins.start
        found *= bins.slope
        return np.clip(found, bins.low, bins.high, out=found)

    return encode


def _linear_numbers(kernel: Array, bias: Array) -> Operation:
    return lambda x: x[:, :, None] * kernel + bias


def _piecewise_numbers(kernel: Array, bias: Array, steps: Array, *, edges: Edges) -> Operation:
    bins = by_column(edges)
    start, slope, low, high = (
        part[:, None] for part in (bins.start, bins.slope, bins.low, bins.high)
    )

    def embed(x: Array) -> Array:
        reached = np.clip((x.T[:, :, None] - start) * slope, low, high)
        return x[:, :, None] * kernel + bias + np.matmul(reached, steps).transpose(1, 0, 2)

    return embed


def _periodic_numbers(frequency: Array, kernel: Array, bias: Array) -> Operation:
    turns = (np.float32(2 * np.pi) * frequency)[:, None]
    offset = bias[:, None]

    def embed(x: Array) -> Array:
        angles = x.T[:, :, None] * turns
        found = np.matmul(np.concatenate([np.cos(angles), np.sin(angles)], axis=-1), kernel)
        found += offset
        return np.maximum(found, np.float32(0.0), out=found).transpose(1, 0, 2)

    return embed


OPERATIONS: dict[str, Callable[..., Operation]] = {
    "linear_numbers": _linear_numbers,
    "periodic_numbers": _periodic_numbers,
    "piecewise_encoding": _piecewise_encoding,
    "piecewise_numbers": _piecewise_numbers,
    "take_columns": _take_columns,
}
