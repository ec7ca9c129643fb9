"""Layers of networks with several heads; ``training/keras/layers/heads.py`` says what they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray
Operation = Callable[..., Array]


def _scaled_heads(scale: Array) -> Operation:
    return lambda x: x[:, None, :] * scale


def _shared_dense(kernel: Array, taken: Array, given: Array, bias: Array) -> Operation:
    heads, units = given.shape
    # Of all heads side by side, for rows that all heads take alike.
    wide = (kernel[:, None] * taken.T[:, :, None] * given).reshape(len(kernel), -1)

    def apply(x: Array) -> Array:
        if x.ndim == 2:
            return x.dot(wide).reshape(-1, heads, units) + bias
        found = (x * taken).reshape(-1, len(kernel)).dot(kernel).reshape(-1, heads, units)
        found *= given
        found += bias
        return found

    return apply


def _head_dense(kernel: Array, bias: Array) -> Operation:
    return lambda x: np.matmul(x.transpose(1, 0, 2), kernel).transpose(1, 0, 2) + bias


OPERATIONS: dict[str, Callable[..., Operation]] = {
    "head_dense": _head_dense,
    "scaled_heads": _scaled_heads,
    "shared_dense": _shared_dense,
}
