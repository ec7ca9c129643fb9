"""Attention of several heads over places along one or more axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from cerebro_db.training.forward.activations import softmax

Array = np.ndarray
Operation = Callable[..., Array]


def _attention(
    *weights: Array, bias: bool, axes: Sequence[int] | None = None, causal: bool = False
) -> Operation:
    """Take the kernels (and biases, if there are) of query, key, value and output in Keras' order.

    Kernels are (numbers, heads, width of a head), the last one (heads, width of a head, numbers).
    ``axes`` are those of the places, all between rows and numbers if none are given.
    """
    step = 2 if bias else 1
    kernels, biases = weights[::step], weights[1::step] if bias else (None,) * 4
    query, key, value = (_projection(*pair) for pair in zip(kernels[:3], biases, strict=False))
    scale = np.float32(1 / np.sqrt(kernels[0].shape[-1]))
    joined = kernels[3].reshape(-1, kernels[3].shape[-1])

    def attend(asking: Array, said: Array, keys: Array | None = None) -> Array:
        places = tuple(range(1, asking.ndim - 1) if axes is None else axes)
        last = tuple(range(-1 - len(places), -1))

        def sequences(x: Array) -> Array:
            moved = np.moveaxis(x, places, last)
            return moved.reshape(-1, math.prod(moved.shape[last[0] : -1]), x.shape[-1])

        scores = query(sequences(asking)) @ key(sequences(said if keys is None else keys)).mT
        scores *= scale
        if causal:
            scores[:, :, np.tri(*scores.shape[2:]) == 0] = np.float32(-np.inf)
        found = softmax(scores) @ value(sequences(said))
        result = found.swapaxes(1, 2).reshape(-1, len(joined)).dot(joined)
        if biases[3] is not None:
            result += biases[3]
        shape = np.moveaxis(asking, places, last).shape
        return np.moveaxis(result.reshape(shape), last, places)

    return attend


def _projection(kernel: Array, bias: Array | None) -> Callable[[Array], Array]:
    """Return a function from (rows, places, numbers) to (rows, heads, places, width of a head)."""
    numbers, heads, width = kernel.shape
    matrix = kernel.reshape(numbers, heads * width)
    flat = None if bias is None else bias.reshape(-1)

    def project(x: Array) -> Array:
        rows, places, _ = x.shape
        result = x.reshape(rows * places, numbers).dot(matrix)
        if flat is not None:
            result += flat
        return result.reshape(rows, places, heads, width).swapaxes(1, 2)

    return project


OPERATIONS: dict[str, Callable[..., Operation]] = {"attention": _attention}
