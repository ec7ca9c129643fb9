"""Layers over a dataset's numbers, and those of RealMLP behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cerebro_db.training.forward.activations import ACTIVATIONS

Array = np.ndarray
Operation = Callable[..., Array]

_ONE, _NINTH = np.array(1.0, "f4"), np.array(1 / 9, "f4")


def _robust_clip(*, centers: Sequence[float], factors: Sequence[float]) -> Operation:
    center, factor = np.array(centers, "f4"), np.array(factors, "f4")

    def clip(x: Array) -> Array:
        scaled = (x - center) * factor
        return scaled / np.sqrt(_ONE + scaled * scaled * _NINTH)

    return clip


def _cosine_numbers(
    frequency: Array, phase: Array, kernel: Array, bias: Array, *, columns: Sequence[int]
) -> Operation:
    cycles = frequency * np.float32(2 * np.pi)
    taken = np.array(columns, np.intp)

    def embed(x: Array) -> Array:
        waves = np.cos(x[:, taken, None] * cycles + phase)
        # One product of matrices for each column.
        made = np.matmul(waves.transpose(1, 0, 2), kernel).transpose(1, 0, 2) + bias
        return np.concatenate([made.reshape(len(x), -1), x], axis=1)

    return embed


def _scaling(scale: Array) -> Operation:
    return lambda x: x * scale


def _parametric_activation(strength: Array, *, activation: str) -> Operation:
    function = ACTIVATIONS[activation]
    return lambda x: x + (function(x) - x) * strength


def _logit_difference() -> Operation:
    return lambda x: x[:, 1:] - x[:, :1]


OPERATIONS: dict[str, Callable[..., Operation]] = {
    "cosine_numbers": _cosine_numbers,
    "logit_difference": _logit_difference,
    "parametric_activation": _parametric_activation,
    "robust_clip": _robust_clip,
    "scaling": _scaling,
}
