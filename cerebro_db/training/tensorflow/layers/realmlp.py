"""The layers of RealMLP behind its numbers (Holzmüller et al., NeurIPS 2024, appendix A)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cerebro_db.training.keras.layers._base import Shape, own_layer, weight
from cerebro_db.training.keras.layers.data_driven import DataDriven

_SCALING_RATE = 6.0
_BIAS_RATE = 0.1
_ACTIVATION_RATE = 0.1
# Points of which a bias begins as a random convex combination.
_POINTS = 5
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
# From here on mish(x) is x in float32, and its square does not overflow.
_MISH_LINEAR = 20.0


@own_layer
class Scaling(keras.layers.Layer):
    """Each column times a weight, which learns at six times the rate: a soft choice of features."""

    def build(self, shape: Shape) -> None:
        rate = _SCALING_RATE
        self.scale = weight(
            self, "scale", (shape[-1],), "ones", rate_factor=rate, decay_factor=rate
        )

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return x * self.scale

    def compute_output_shape(self, shape: Shape) -> Shape:
        return shape


@own_layer
class NtpDense(DataDriven):
    """A dense layer in the neural tangent parametrisation.

    That is x @ W / sqrt(columns) + b with a W of variance 1. The kernel here is W / sqrt(columns),
    and takes the learning rate divided by that root, which with Adam is the same and saves a
    product in every step. On the first rows W begins so that each unit has a standard deviation of
    1, and b as minus a random convex combination of the unit at five of these rows ("he+5").
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units

    def build(self, shape: tuple[int, ...]) -> None:
        columns = shape[-1]
        root = math.sqrt(columns)
        normal = keras.initializers.RandomNormal(stddev=1 / root)
        self.kernel = weight(
            self, "kernel", (columns, self.units), normal, rate_factor=1 / root, decay_factor=root
        )
        self.bias = weight(
            self, "bias", (self.units,), "zeros", rate_factor=_BIAS_RATE, decay_factor=0.0
        )

    def begin(self, x: tf.Tensor, random: np.random.Generator) -> None:
        deviation = tf.math.reduce_std(tf.matmul(x, self.kernel), axis=0)
        # A unit that sees the same in all rows stays as it is.
        self.kernel.assign(self.kernel / tf.where(deviation > 1e-12, deviation, 1.0))
        reached = tf.matmul(x, self.kernel).numpy()
        shape = (_POINTS, self.units)
        points = reached[random.integers(len(reached), size=shape), np.arange(self.units)]
        shares = random.exponential(size=shape)
        self.bias.assign(-(points * (shares / shares.sum(axis=0))).sum(axis=0))

    def apply(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.bias_add(tf.matmul(x, self.kernel), self.bias)

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)


@own_layer
class ParametricActivation(keras.layers.Layer):
    """x + (f(x) - x) * w with a weight for each column, 1 at first."""

    def __init__(self, activation: str, **options: Any) -> None:
        super().__init__(**options)
        self._function = _FUSED.get(activation) or _plain(activation)

    def build(self, shape: Shape) -> None:
        rate = _ACTIVATION_RATE
        self.strength = weight(
            self, "strength", (shape[-1],), "ones", rate_factor=rate, decay_factor=rate
        )

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return self._function(x, tf.convert_to_tensor(self.strength))

    def compute_output_shape(self, shape: Shape) -> Shape:
        return shape


@own_layer
class LogitDifference(keras.layers.Layer):
    """The second of two logits less the first: the one logit of two classes."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return x[:, 1:] - x[:, :1]

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (shape[0], 1)


_Parametric = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def _plain(activation: str) -> _Parametric:
    function = keras.activations.get(activation)
    return lambda x, strength: x + (function(x) - x) * strength


@tf.custom_gradient
def _mish(x: tf.Tensor, strength: tf.Tensor) -> Any:
    """Parametric x * tanh(softplus(x)): one exponential, forward and backward together."""
    power = tf.exp(tf.minimum(x, _MISH_LINEAR))
    # tanh(log(1 + p)) = n / (n + 2) with n = p (p + 2).
    n = power * (power + 2.0)
    half = 1.0 / (n + 2.0)
    tanh = n * half
    value = x * tanh
    difference = value - x

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        # 1 - tanh^2 = 4 (1 + p)^2 / (n + 2)^2, and the softplus has the slope p / (1 + p).
        slope = tanh + x * 4.0 * half * half * (1.0 + power) * power
        return _gradients(upstream, slope, difference, strength)

    return x + difference * strength, gradient


@tf.custom_gradient
def _selu(x: tf.Tensor, strength: tf.Tensor) -> Any:
    """Parametric selu: one exponential, forward and backward together."""
    power = (_SELU_SCALE * _SELU_ALPHA) * tf.exp(tf.minimum(x, 0.0))
    above = x >= 0.0
    difference = tf.where(above, _SELU_SCALE * x, power - _SELU_SCALE * _SELU_ALPHA) - x

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        slope = tf.where(above, _SELU_SCALE, power)
        return _gradients(upstream, slope, difference, strength)

    return x + difference * strength, gradient


def _gradients(
    upstream: tf.Tensor, slope: tf.Tensor, difference: tf.Tensor, strength: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return those of x and of the strengths, of x of any rank."""
    rows = list(range(len(difference.shape) - 1))
    return (
        upstream * (1.0 + (slope - 1.0) * strength),
        tf.reduce_sum(upstream * difference, axis=rows),
    )


_FUSED: dict[str, _Parametric] = {"mish": _mish, "selu": _selu}
