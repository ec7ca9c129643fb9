"""Operations without weights: constants, sums, comparisons, and changes of shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from cerebro_db.training.forward import activations

Array = np.ndarray
Operation = Callable[..., Array]


def _constant(*, value: Any, dtype: str | None = None) -> Operation:
    # A number alone takes the type of what it meets.
    constant: Any = value if dtype is None else np.array(value, dtype)
    return lambda: constant


def _folded(function: Callable[[Any, Any], Array]) -> Callable[[], Operation]:
    return lambda: lambda *arrays: reduce(function, arrays)


def _along(function: Callable[..., Array]) -> Callable[..., Operation]:
    def make(*, axis: Sequence[int] | None = None, keepdims: bool = False) -> Operation:
        axes = None if axis is None else tuple(axis)
        return lambda x: function(x, axis=axes, keepdims=keepdims)

    return make


def _activation(*, name: str) -> Operation:
    return activations.ACTIVATIONS[name]


def _relu(**options: Any) -> Operation:
    return lambda x: activations.relu(x, **options)


def _elu(*, alpha: float) -> Operation:
    return lambda x: activations.elu(x, alpha)


def _softmax(*, axis: int) -> Operation:
    return lambda x: activations.softmax(x, axis)


def _average() -> Operation:
    return lambda *arrays: reduce(np.add, arrays) / len(arrays)


def _rescale(*, scale: float, offset: float) -> Operation:
    return lambda x: x * scale + offset


def _cast(*, dtype: str) -> Operation:
    return lambda x: x.astype(dtype)


def _concatenate(*, axis: int) -> Operation:
    return lambda *arrays: np.concatenate(arrays, axis=axis)


def _crop(*, cropping: Sequence[Sequence[int]]) -> Operation:
    kept = tuple(slice(before, -after or None) for before, after in cropping)
    return lambda x: x[(slice(None), *kept)]


def _dot(*, axes: Sequence[int], normalize: bool) -> Operation:
    """Multiply and add along an axis of each of two arrays."""

    def dot(one: Array, other: Array) -> Array:
        left, right = np.moveaxis(one, axes[0], -1), np.moveaxis(other, axes[1], -1)
        if normalize:
            left, right = _unit(left), _unit(right)
        rows, width = len(left), left.shape[-1]
        found = left.reshape(rows, -1, width) @ right.reshape(rows, -1, width).mT
        shape = (*left.shape[1:-1], *right.shape[1:-1])
        return found.reshape(rows, *(shape or (1,)))

    return dot


def _unit(x: Array) -> Array:
    return x / np.maximum(np.sqrt(np.square(x).sum(axis=-1, keepdims=True)), np.float32(1e-12))


def _expand(*, axis: Sequence[int]) -> Operation:
    return lambda x: np.expand_dims(x, tuple(axis))


def _squeeze(*, axis: Sequence[int]) -> Operation:
    return lambda x: np.squeeze(x, tuple(axis))


def _reshape(*, shape: Sequence[int]) -> Operation:
    # Of the rows alone: with no row, -1 would say nothing.
    return lambda x: x.reshape(len(x), *_known(shape, math.prod(x.shape[1:])))


def _known(shape: Sequence[int], values: int) -> Sequence[int]:
    if -1 not in shape:
        return shape
    others = math.prod(size for size in shape if size != -1)
    return [values // others if size == -1 else size for size in shape]


def _transpose(*, axes: Sequence[int]) -> Operation:
    return lambda x: x.transpose(0, *axes)


def _repeat(*, n: int) -> Operation:
    return lambda x: np.repeat(x[:, None], n, axis=1)


# Those that no layer has are in the notes of states of earlier releases.
OPERATIONS: dict[str, Callable[..., Operation]] = {
    "activation": _activation,
    "add": _folded(np.add),
    "average": _average,
    "cast": _cast,
    "concatenate": _concatenate,
    "constant": _constant,
    "crop": _crop,
    "divide": _folded(np.true_divide),
    "dot": _dot,
    "elu": _elu,
    "expand": _expand,
    "max": _along(np.max),
    "maximum": _folded(np.maximum),
    "minimum": _folded(np.minimum),
    "multiply": _folded(np.multiply),
    "not_equal": _folded(np.not_equal),
    "relu": _relu,
    "repeat": _repeat,
    "rescale": _rescale,
    "reshape": _reshape,
    "softmax": _softmax,
    "squeeze": _squeeze,
    "subtract": _folded(np.subtract),
    "sum": _along(np.sum),
    "transpose": _transpose,
}
