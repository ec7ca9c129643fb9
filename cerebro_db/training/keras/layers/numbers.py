"""Layers over a dataset's numbers: see ``model/layers/numbers.py``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from cerebro_db.training.keras.layers._base import Shape, own_layer, weight

# The embedding learns at a tenth of the rate (Holzmüller et al., NeurIPS 2024, table A.1).
_SLOW = 0.1


@own_layer
class RobustClip(keras.layers.Layer):
    """Each column's distance from its center, times its factor, bent smoothly into (-3, 3)."""

    def __init__(self, centers: Sequence[float], factors: Sequence[float], **options: Any) -> None:
        super().__init__(**options)
        self.centers = np.array(centers, np.float32)
        self.factors = np.array(factors, np.float32)

    def call(self, x: Any) -> Any:
        scaled = ops.multiply(ops.subtract(x, self.centers), self.factors)
        return scaled * ops.rsqrt(1.0 + ops.square(scaled) * (1 / 9))

    def compute_output_shape(self, shape: Shape) -> Shape:
        return shape


@own_layer
class CosineNumbers(keras.layers.Layer):
    """Periodic embeddings of numbers, with a bias, a linear layer and the number itself: PBLD.

    For each of ``columns``, cosines of ``frequencies`` multiples of the number, each with a phase
    of its own, become ``width`` - 1 numbers. These come first, column by column; all columns as
    they are come behind them.
    """

    def __init__(
        self,
        columns: Sequence[int],
        frequencies: int,
        width: int,
        deviation: float,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.columns = list(columns)
        self.frequencies, self.made, self.deviation = frequencies, width - 1, deviation

    def build(self, shape: Shape) -> None:
        columns, frequencies, made = len(self.columns), self.frequencies, self.made
        normal = keras.initializers.RandomNormal(stddev=self.deviation)
        # PyTorch's of a linear layer.
        bound = 1 / math.sqrt(frequencies)
        slow = {"rate_factor": _SLOW, "decay_factor": _SLOW}
        self.frequency = weight(self, "frequency", (columns, frequencies), normal, **slow)
        self.phase = weight(self, "phase", (columns, frequencies), _uniform(math.pi), **slow)
        self.kernel = weight(self, "kernel", (columns, frequencies, made), _uniform(bound), **slow)
        self.bias = weight(self, "bias", (columns, made), _uniform(bound), **slow)

    def call(self, x: Any) -> Any:
        whole = self.columns == list(range(x.shape[1]))
        numbers = ops.transpose(x if whole else ops.take(x, self.columns, axis=1))
        # Columns come before rows: one product of matrices for each, all in one call, and nothing
        # but its result is turned round.
        cycles, phase = 2 * math.pi * self.frequency[:, None, :], self.phase[:, None, :]
        waves = ops.cos(numbers[:, :, None] * cycles + phase)
        made = ops.transpose(ops.matmul(waves, self.kernel) + self.bias[:, None, :], (1, 0, 2))
        return ops.concatenate([ops.reshape(made, (-1, len(self.columns) * self.made)), x], axis=1)

    def compute_output_shape(self, shape: tuple[int | None, int]) -> Shape:
        return (shape[0], len(self.columns) * self.made + shape[1])


def _uniform(bound: float) -> keras.initializers.Initializer:
    return keras.initializers.RandomUniform(-bound, bound)
