"""Convolutions and pooling over (rows, height, width, channels); a sequence has the height 1.

Padding is as TensorFlow's: "same" gives ceil(size / stride), with the odd one at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cerebro_db.model.layers import transposed
from cerebro_db.training.forward.layers import finish, product

Array = np.ndarray
Operation = Callable[..., Array]
Pair = Sequence[int]

# Windows of so many numbers are laid out at a time, 16 MiB of them.
_MAX_VALUES = 4 * 1024 * 1024


def _convolution(
    kernel: Array, bias: Array | None = None, *,
    strides: Pair, dilation: Pair, padding: str, activation: str,
) -> Operation:  # fmt: skip
    size = kernel.shape[:2]
    # Windows come with the channels before the places in the window.
    matrix = np.ascontiguousarray(kernel.transpose(2, 0, 1, 3)).reshape(-1, kernel.shape[3])

    def convolve(x: Array) -> Array:
        windows = _windows(_padded(x, size, strides, dilation, padding), size, strides, dilation)
        rows = windows.shape[:3]
        step = max(1, _MAX_VALUES // max(1, windows[:1].size))
        parts = [
            windows[first : first + step].reshape(-1, len(matrix)).dot(matrix)
            for first in range(0, max(1, len(windows)), step)
        ]
        joined = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return joined.reshape(*rows, matrix.shape[1])

    return finish(convolve, bias, activation)


def _depthwise(
    kernel: Array, bias: Array | None = None, *,
    strides: Pair, dilation: Pair, padding: str, activation: str,
) -> Operation:  # fmt: skip
    size = kernel.shape[:2]

    def convolve(x: Array) -> Array:
        padded = _padded(x, size, strides, dilation, padding)
        total = sum(
            part[..., None] * kernel[i, j]
            for i, j, part in _shifted(padded, size, strides, dilation)
        )
        return np.asarray(total).reshape(*total.shape[:3], -1)

    return finish(convolve, bias, activation)


def _separable(
    depthwise: Array, pointwise: Array, bias: Array | None = None, *,
    activation: str, **layout: Any,
) -> Operation:  # fmt: skip
    first = _depthwise(depthwise, activation="linear", **layout)
    matrix = pointwise[0, 0]
    return finish(lambda x: product(first(x), matrix), bias, activation)


def _transposed(
    kernel: Array, bias: Array | None = None, *, strides: Pair, padding: str, activation: str
) -> Operation:
    """Spread each place over a window; kernels are (height, width, channels out, channels in)."""
    size, channels = kernel.shape[:2], kernel.shape[2]
    matrix = np.ascontiguousarray(kernel.transpose(3, 0, 1, 2)).reshape(kernel.shape[3], -1)

    def convolve(x: Array) -> Array:
        rows, *places = x.shape[:3]
        parts = product(x, matrix).reshape(rows, *places, *size, channels)
        whole = [(n - 1) * stride + k for n, stride, k in zip(places, strides, size, strict=True)]
        wanted = [
            transposed.spread(n, k, stride, padding)
            for n, k, stride in zip(places, size, strides, strict=True)
        ]
        result = np.zeros((rows, *map(max, whole, wanted), channels), np.float32)
        for i in range(size[0]):
            for j in range(size[1]):
                stops = [
                    k + (n - 1) * s + 1 for k, n, s in zip((i, j), places, strides, strict=True)
                ]
                result[:, i : stops[0] : strides[0], j : stops[1] : strides[1]] += parts[
                    ..., i, j, :
                ]
        same = padding == "same"
        up, left = (max(0, w - n) // 2 if same else 0 for w, n in zip(whole, wanted, strict=True))
        return result[:, up : up + wanted[0], left : left + wanted[1]]

    return finish(convolve, bias, activation)


def _max_pooling(*, size: Pair, strides: Pair, padding: str) -> Operation:
    def pool(x: Array) -> Array:
        padded = _padded(x, size, strides, (1, 1), padding, fill=-np.inf)
        first, *others = (part for _, _, part in _shifted(padded, size, strides, (1, 1)))
        result = first.copy()
        for part in others:
            np.maximum(result, part, out=result)
        return result

    return pool


def _average_pooling(*, size: Pair, strides: Pair, padding: str) -> Operation:
    def pool(x: Array) -> Array:
        total = _sum_of_windows(x, size, strides, padding)
        # What padding adds counts for nothing.
        return total / _sum_of_windows(np.ones_like(x[:1, :, :, :1]), size, strides, padding)

    return pool


def _sum_of_windows(x: Array, size: Pair, strides: Pair, padding: str) -> Array:
    padded = _padded(x, size, strides, (1, 1), padding)
    first, *others = (part for _, _, part in _shifted(padded, size, strides, (1, 1)))
    result = first.copy()
    for part in others:
        result += part
    return result


def _global_average(*, keepdims: bool) -> Operation:
    """Take a mean over all places, of a sequence over those that count if that is told: 0 where
    none does."""

    def average(x: Array, mask: Array | None = None) -> Array:
        if mask is None:
            return x.mean(axis=tuple(range(1, x.ndim - 1)), keepdims=keepdims)
        here = mask[..., None]
        total = np.where(here, x, np.float32(0)).sum(axis=1, keepdims=keepdims)
        count = here.sum(axis=1, keepdims=keepdims, dtype=np.float32)
        return total / np.maximum(count, np.float32(1))

    return average


def _global_max(*, keepdims: bool) -> Operation:
    return lambda x: x.max(axis=tuple(range(1, x.ndim - 1)), keepdims=keepdims)


def _sequence(operation: Callable[..., Operation]) -> Callable[..., Operation]:
    """Return the maker of an operation on (rows, length, channels) by that on images."""

    def make(*weights: Array, **arguments: Any) -> Operation:
        kernels = [weight[None] if weight.ndim > 1 else weight for weight in weights]
        of_image = operation(*kernels, **arguments)
        return lambda x: of_image(x[:, None])[:, 0]

    return make


def _pad(*, padding: Sequence[Pair]) -> Operation:
    around = [(0, 0), *(tuple(sides) for sides in padding), (0, 0)]
    return lambda x: np.pad(x, around)


def _upsample(*, size: Pair) -> Operation:
    return lambda x: x.repeat(size[0], axis=1).repeat(size[1], axis=2)


def _padded(
    x: Array, size: Pair, strides: Pair, dilation: Pair, padding: str, fill: float = 0.0
) -> Array:
    if padding == "valid":
        return x
    around = [(0, 0)]
    for length, window, stride, spread in zip(x.shape[1:3], size, strides, dilation, strict=True):
        reach = (window - 1) * spread
        if padding == "causal":
            around.append((reach, 0))
            continue
        due = max(0, (-(-length // stride) - 1) * stride + reach + 1 - length)
        around.append((due // 2, due - due // 2))
    return np.pad(x, [*around, (0, 0)], constant_values=fill)


def _windows(x: Array, size: Pair, strides: Pair, dilation: Pair) -> Array:
    """Return a view (rows, height, width, channels, *size)."""
    reach = [(window - 1) * spread + 1 for window, spread in zip(size, dilation, strict=True)]
    windows = sliding_window_view(x, reach, axis=(1, 2))
    return windows[:, :: strides[0], :: strides[1], :, :: dilation[0], :: dilation[1]]


def _shifted(
    x: Array, size: Pair, strides: Pair, dilation: Pair
) -> Iterator[tuple[int, int, Array]]:
    """Yield each place in the window with a view (rows, height, width, channels) of it."""
    windows = _windows(x, size, strides, dilation)
    for i in range(size[0]):
        for j in range(size[1]):
            yield i, j, windows[..., i, j]


OPERATIONS: dict[str, Callable[..., Operation]] = {
    "average_pooling_1d": _sequence(_average_pooling),
    "average_pooling_2d": _average_pooling,
    "convolution_1d": _sequence(_convolution),
    "convolution_2d": _convolution,
    "depthwise_2d": _depthwise,
    "global_average": _global_average,
    "global_max": _global_max,
    "max_pooling_1d": _sequence(_max_pooling),
    "max_pooling_2d": _max_pooling,
    "pad": _pad,
    "separable_2d": _separable,
    "transposed_1d": _sequence(_transposed),
    "transposed_2d": _transposed,
    "upsample": _upsample,
}
