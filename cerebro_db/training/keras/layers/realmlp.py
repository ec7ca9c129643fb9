"""The layers of RealMLP behind its numbers (Holzmüller et al., NeurIPS 2024, appendix A)."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from cerebro_db.training._backend import Parametric
from cerebro_db.training.keras.layers._base import Shape, own_layer, weight
from cerebro_db.training.keras.layers.data_driven import DataDriven
from cerebro_db.training.runtime import backend

_SCALING_RATE = 6.0
_BIAS_RATE = 0.1
_ACTIVATION_RATE = 0.1
# Points of which a bias begins as a random convex combination.
_POINTS = 5


@own_layer
class Scaling(keras.layers.Layer):
    """Each column times a weight, which learns at six times the rate: a soft choice of features."""

    def build(self, shape: Shape) -> None:
        rate = _SCALING_RATE
        self.scale = weight(
            self, "scale", (shape[-1],), "ones", rate_factor=rate, decay_factor=rate
        )

    def call(self, x: Any) -> Any:
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

    def begin(self, x: Any, random: np.random.Generator) -> None:
        deviation = ops.std(ops.matmul(x, self.kernel), axis=0)
        # A unit that sees the same in all rows stays as it is.
        self.kernel.assign(self.kernel / ops.where(deviation > 1e-12, deviation, 1.0))
        reached = ops.convert_to_numpy(ops.matmul(x, self.kernel))
        shape = (_POINTS, self.units)
        points = reached[random.integers(len(reached), size=shape), np.arange(self.units)]
        shares = random.exponential(size=shape)
        self.bias.assign(-(points * (shares / shares.sum(axis=0))).sum(axis=0))

    def apply(self, x: Any) -> Any:
        return backend().biased(ops.matmul(x, self.kernel), self.bias)

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)


@own_layer
class ParametricActivation(keras.layers.Layer):
    """x + (f(x) - x) * w with a weight for each column, 1 at first."""

    def __init__(self, activation: str, **options: Any) -> None:
        super().__init__(**options)
        self._function = backend().parametric(activation) or _plain(activation)

    def build(self, shape: Shape) -> None:
        rate = _ACTIVATION_RATE
        self.strength = weight(
            self, "strength", (shape[-1],), "ones", rate_factor=rate, decay_factor=rate
        )

    def call(self, x: Any) -> Any:
        return self._function(x, self.strength)

    def compute_output_shape(self, shape: Shape) -> Shape:
        return shape


@own_layer
class LogitDifference(keras.layers.Layer):
    """The second of two logits less the first: the one logit of two classes."""

    def call(self, x: Any) -> Any:
        return x[:, 1:] - x[:, :1]

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (shape[0], 1)


def _plain(activation: str) -> Parametric:
    function = keras.activations.get(activation)
    return lambda x, strength: x + (function(x) - x) * strength
