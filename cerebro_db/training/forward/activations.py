"""Activation functions as Keras defines them, by Keras' names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray

# Self-normalizing neural networks (Klambauer et al., NIPS 2017), equation 14.
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805
# Handbook of mathematical functions (Abramowitz and Stegun 1964), 7.1.26: within 1.5e-7.
_ERF = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
_ERF_P = 0.3275911
# As arrays: for one row of few numbers it takes as long to convert a number as to compute.
_ZERO, _ONE, _LOWEST = np.array(0.0, "f4"), np.array(1.0, "f4"), np.array(-88.0, "f4")


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), without an overflow far below 0."""
    return np.divide(_ONE, np.exp(-np.maximum(x, _LOWEST)) + _ONE)


def softmax(x: Array, axis: int = -1) -> Array:
    """Return exp(x) over its sum along an axis."""
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    powers /= powers.sum(axis=axis, keepdims=True)
    return powers


def relu(
    x: Array,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> Array:
    """Return x between ``threshold`` and ``max_value``, below that the slope's line."""
    low = negative_slope * (x - threshold) if negative_slope else 0.0
    high = x if max_value is None else np.minimum(x, max_value)
    return np.where(x > threshold, high, low)


def elu(x: Array, alpha: float = 1.0) -> Array:
    """Return x, below 0 alpha * (exp(x) - 1)."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def softplus(x: Array) -> Array:
    """Return log(exp(x) + 1)."""
    return np.logaddexp(x, 0.0)


def gelu(x: Array) -> Array:
    """Return x times the normal distribution's share below x."""
    return 0.5 * x * (1.0 + _erf(x * np.float32(np.sqrt(0.5))))


def _erf(x: Array) -> Array:
    size = np.abs(x)
    t = 1.0 / (1.0 + _ERF_P * size)
    tail = np.zeros_like(t)
    for factor in _ERF:
        tail = (tail + factor) * t
    return np.sign(x) * (1.0 - tail * np.exp(-size * size))


def _hard_sigmoid(x: Array) -> Array:
    return np.clip(x / 6.0 + 0.5, 0.0, 1.0)


def _relu6(x: Array) -> Array:
    return np.clip(x, 0.0, 6.0)


def _silu(x: Array) -> Array:
    return x * sigmoid(x)


def _hard_silu(x: Array) -> Array:
    return x * _hard_sigmoid(x)


def _linear(x: Array) -> Array:
    return x


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "celu": elu,
    "elu": elu,
    "exponential": np.exp,
    "gelu": gelu,
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": _hard_silu,
    "leaky_relu": lambda x: relu(x, 0.2),
    "linear": _linear,
    "log_sigmoid": lambda x: -softplus(-x),
    "mish": lambda x: x * np.tanh(softplus(x)),
    "relu": lambda x: np.maximum(x, _ZERO),
    "relu6": _relu6,
    "selu": lambda x: _SELU_SCALE * elu(x, _SELU_ALPHA),
    "sigmoid": sigmoid,
    "silu": _silu,
    "softmax": softmax,
    "softplus": softplus,
    "softsign": lambda x: x / (1.0 + np.abs(x)),
    "tanh": np.tanh,
}
