"""Functions of layers whose gradients are computed together with what they give, which is faster
here than what TensorFlow derives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from cerebro_db.training._backend import Parametric

_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
# From here on mish(x) is x in float32, and its square does not overflow.
_MISH_LINEAR = 20.0


@tf.custom_gradient
def waves(angles: tf.Tensor) -> Any:
    """Return cosines and sines side by side; backwards they are each other's slopes."""
    cosines, sines = tf.cos(angles), tf.sin(angles)

    def backwards(upstream: tf.Tensor) -> tf.Tensor:
        of_cosines, of_sines = tf.split(upstream, 2, axis=-1)
        return of_sines * cosines - of_cosines * sines

    return tf.concat([cosines, sines], axis=-1), backwards


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


FUSED: Mapping[str, Parametric] = {"mish": _mish, "selu": _selu}
"""Parametric activations by name, see ``Backend.parametric``."""
