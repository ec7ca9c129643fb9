"""Numbers as vectors: linear, piecewise linear and periodic embeddings of columns of numbers.

On embeddings for numerical features in tabular deep learning (Gorishniy et al., NeurIPS 2022),
initialised as in the authors' package rtdl_num_embeddings. All columns are embedded at once. What
differs by column is computed with the columns first, as one product of matrices for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erf, pi, sqrt
from typing import Any

import keras
from keras import ops

from cerebro_db.training.bins import by_column, side_by_side
from cerebro_db.training.keras.layers._base import Shape, own_layer
from cerebro_db.training.keras.layers.starts import uniform
from cerebro_db.training.runtime import backend


@own_layer
class TakeColumns(keras.layers.Layer):
    """From (rows, columns, ...) the columns at these positions."""

    def __init__(self, columns: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        self.columns = list(columns)

    def call(self, x: Any) -> Any:
        return ops.take(x, self.columns, axis=1)

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (shape[0], len(self.columns), *shape[2:])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "columns": self.columns}


@own_layer
class PiecewiseEncoding(keras.layers.Layer):
    """From (rows, columns) to (rows, bins of all columns): how far each number reaches into each
    bin of its column."""

    def __init__(self, edges: Sequence[Sequence[float]], **options: Any) -> None:
        super().__init__(**options)
        self.edges = [list(column) for column in edges]
        self._bins = side_by_side(self.edges)

    def call(self, x: Any) -> Any:
        bins = self._bins
        # With the columns first a column is copied whole: in a third of the time.
        found = ops.subtract(ops.take(ops.transpose(x), bins.column, axis=0), bins.start[:, None])
        found = ops.maximum(ops.multiply(found, bins.slope[:, None]), bins.low[:, None])
        return ops.transpose(ops.minimum(found, bins.high[:, None]))

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (shape[0], len(self._bins.column))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "edges": self.edges}


class _Vectors(keras.layers.Layer):
    """From (rows, columns) to (rows, columns, dim)."""

    def __init__(self, dim: int, **options: Any) -> None:
        super().__init__(**options)
        self.dim = dim

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (*shape, self.dim)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dim": self.dim}

    def _weight(self, name: str, shape: Sequence[int], start: Any, decay: float) -> Any:
        weight = self.add_weight(tuple(shape), start, name=name)
        weight.decay_factor = decay
        return weight


@own_layer
class LinearNumbers(_Vectors):
    """A vector for each column, times the number, and another one."""

    def build(self, shape: tuple[Any, ...]) -> None:
        size, start = (shape[1], self.dim), uniform(self.dim)
        self.kernel = self._weight("kernel", size, start, 0.0)
        self.bias = self._weight("bias", size, start, 0.0)

    def call(self, x: Any) -> Any:
        return x[:, :, None] * self.kernel + self.bias


@own_layer
class PiecewiseNumbers(_Vectors):
    """A linear embedding, and a vector for each bin, times how far the number reaches into it.

    The vectors of bins begin as zeros (TabM, Gorishniy et al., ICLR 2025, appendix D.8).
    """

    def __init__(self, edges: Sequence[Sequence[float]], dim: int, **options: Any) -> None:
        super().__init__(dim, **options)
        self.edges = [list(column) for column in edges]
        self._bins = by_column(self.edges)

    def build(self, shape: tuple[Any, ...]) -> None:
        size, start = (shape[1], self.dim), uniform(self.dim)
        self.kernel = self._weight("kernel", size, start, 0.0)
        self.bias = self._weight("bias", size, start, 0.0)
        bins = self._bins.start.shape
        self.steps = self._weight("steps", (*bins, self.dim), keras.initializers.Zeros(), 1.0)

    def call(self, x: Any) -> Any:
        bins = self._bins
        of_columns = ops.transpose(x)[:, :, None]
        found = ops.subtract(of_columns, bins.start[:, None])
        found = ops.multiply(found, bins.slope[:, None])
        found = ops.minimum(ops.maximum(found, bins.low[:, None]), bins.high[:, None])
        steps = ops.transpose(ops.matmul(found, self.steps), (1, 0, 2))
        return x[:, :, None] * self.kernel + self.bias + steps

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "edges": self.edges}


@own_layer
class PeriodicNumbers(_Vectors):
    """Cosines and sines of a number times some frequencies that are learned, and a dense layer of
    its column's own with relu.

    Args:
        frequencies: how many for each column.
        scale: their standard deviation at first; beyond three times that there is none.
        dim: numbers that stand for one.
    """

    def __init__(self, frequencies: int, scale: float, dim: int, **options: Any) -> None:
        super().__init__(dim, **options)
        self.frequencies, self.scale = frequencies, scale

    def build(self, shape: tuple[Any, ...]) -> None:
        columns, start = shape[1], uniform(2 * self.frequencies)
        draw = _normal_within_three(self.scale)
        self.frequency = self._weight("frequency", (columns, self.frequencies), draw, 0.0)
        self.kernel = self._weight("kernel", (columns, 2 * self.frequencies, self.dim), start, 1.0)
        self.bias = self._weight("bias", (columns, self.dim), start, 0.0)

    def call(self, x: Any) -> Any:
        angles = ops.transpose(x)[:, :, None] * (2 * pi * self.frequency)[:, None]
        found = ops.matmul(backend().waves(angles), self.kernel) + self.bias[:, None]
        return ops.transpose(ops.relu(found), (1, 0, 2))

    def get_config(self) -> dict[str, Any]:
        own = {"frequencies": self.frequencies, "scale": self.scale}
        return {**super().get_config(), **own}


def _normal_within_three(scale: float) -> Any:
    """Return normal numbers within three standard deviations; Keras cuts off at two."""
    share = keras.initializers.RandomUniform(-erf(3 / sqrt(2)), erf(3 / sqrt(2)))
    return lambda shape, dtype=None: scale * sqrt(2) * ops.erfinv(share(shape, dtype))
