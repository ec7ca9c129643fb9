"""Embeddings of the codes of several columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import keras
from keras import ops

from cerebro_db.model.layers.embedding import tables
from cerebro_db.training.keras.layers._base import Shape, own_layer


@own_layer
class ColumnEmbeddings(keras.layers.Layer):
    """A vector for each code of each column: (rows, columns) of codes to (rows, sum of widths), or
    with ``merge`` "sum" to (rows, dim).

    ``dim`` is the width of all vectors, or a list with that of each column. Columns of one width
    share a table, so that there are as many look-ups as widths; see ``tables`` for their order.
    They begin uniform and close to 0, or normal with a ``deviation``.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        dim: int | Sequence[int],
        merge: str = "concat",
        deviation: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.sizes, self.merge = tuple(sizes), merge
        self.dim = dim if isinstance(dim, int) else list(dim)
        self._apart = tables(len(self.sizes), self.dim)
        # Drawn here, as Keras' own layers draw theirs: it decides on the order of seeds.
        self._initializers = [
            keras.initializers.get("uniform")
            if deviation is None
            else keras.initializers.RandomNormal(stddev=deviation)
            for _ in self._apart
        ]

    def build(self, shape: Shape) -> None:
        self._tables = [
            self.add_weight(
                shape=(sum(self.sizes[i] for i in own), width),
                initializer=initializer,
                name="embeddings" if isinstance(self.dim, int) else f"embeddings_{width}",
            )
            for (width, own), initializer in zip(self._apart, self._initializers, strict=True)
        ]

    def call(self, codes: Any) -> Any:
        found = []
        for table, (width, own) in zip(self._tables, self._apart, strict=True):
            taken = codes if len(self._apart) == 1 else ops.take(codes, own, axis=1)
            starts = [0, *accumulate(self.sizes[i] for i in own[:-1])]
            shifted = ops.add(taken, ops.convert_to_tensor([starts], dtype="int32"))
            vectors = ops.take(table, shifted, axis=0)
            if self.merge == "sum":
                return ops.sum(vectors, axis=1)
            found.append(ops.reshape(vectors, (-1, len(own) * width)))
        return found[0] if len(found) == 1 else ops.concatenate(found, axis=1)

    def compute_output_shape(self, shape: Shape) -> Shape:
        if self.merge == "sum" and isinstance(self.dim, int):
            return (shape[0], self.dim)
        return (shape[0], sum(width * len(own) for width, own in self._apart))
