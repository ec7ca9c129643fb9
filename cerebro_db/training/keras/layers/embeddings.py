"""Embeddings of the codes of several columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import keras
from keras import ops

from cerebro_db.training.keras.layers._base import Shape, own_layer


@own_layer
class ColumnEmbeddings(keras.layers.Layer):
    """A vector for each code of each column, of one table: (rows, columns) of codes to (rows,
    columns * dim), or with ``merge`` "sum" to (rows, dim).

    They begin uniform and close to 0, or normal with a ``deviation``.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        dim: int,
        merge: str = "concat",
        deviation: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.sizes, self.dim, self.merge = tuple(sizes), dim, merge
        # Drawn here, as Keras' own layers draw theirs: it decides on the order of seeds.
        self._initializer = (
            keras.initializers.get("uniform")
            if deviation is None
            else keras.initializers.RandomNormal(stddev=deviation)
        )

    def build(self, shape: Shape) -> None:
        self.embeddings = self.add_weight(
            shape=(sum(self.sizes), self.dim), initializer=self._initializer, name="embeddings"
        )

    def call(self, codes: Any) -> Any:
        starts = [0, *accumulate(self.sizes[:-1])]
        shifted = ops.add(codes, ops.convert_to_tensor([starts], dtype="int32"))
        vectors = ops.take(self.embeddings, shifted, axis=0)
        if self.merge == "sum":
            return ops.sum(vectors, axis=1)
        return ops.reshape(vectors, (-1, len(self.sizes) * self.dim))

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self.dim if self.merge == "sum" else len(self.sizes) * self.dim)
