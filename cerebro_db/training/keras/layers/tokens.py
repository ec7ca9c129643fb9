"""Columns as tokens of a transformer, and attention among them: revisiting deep learning models for
tabular data (Gorishniy et al., NeurIPS 2021), initialised as in the authors' package
rtdl_revisiting_models."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import keras
from keras import ops

from cerebro_db.training.keras.layers._base import Shape, own_layer
from cerebro_db.training.keras.layers.dropout import Dropping
from cerebro_db.training.keras.layers.starts import uniform
from cerebro_db.training.runtime import backend


@own_layer
class CodeTokens(keras.layers.Layer):
    """From (rows, columns) of codes to (rows, columns, dim): a vector for each code, and to it one
    for its column."""

    def __init__(self, sizes: Sequence[int], dim: int, **options: Any) -> None:
        super().__init__(**options)
        self.sizes, self.dim = list(sizes), dim

    def build(self, shape: tuple[Any, ...]) -> None:
        start = uniform(self.dim)
        self.embeddings = self.add_weight((sum(self.sizes), self.dim), start, name="embeddings")
        self.bias = self.add_weight((len(self.sizes), self.dim), start, name="bias")
        self.embeddings.decay_factor = self.bias.decay_factor = 0.0

    def call(self, codes: Any) -> Any:
        starts = ops.convert_to_tensor([0, *accumulate(self.sizes[:-1])], dtype="int32")
        return ops.take(self.embeddings, codes + starts, axis=0) + self.bias

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (*shape, self.dim)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "sizes": self.sizes, "dim": self.dim}


@own_layer
class AnswerToken(keras.layers.Layer):
    """From (rows, tokens, dim) to (rows, 1 + tokens, dim): before them one that is always the same,
    in which the answer gathers."""

    def build(self, shape: tuple[Any, ...]) -> None:
        self.token = self.add_weight((shape[2],), uniform(shape[2]), name="token")
        self.token.decay_factor = 0.0

    def call(self, x: Any) -> Any:
        first = ops.broadcast_to(self.token, (ops.shape(x)[0], 1, x.shape[2]))
        return ops.concatenate([first, x], axis=1)

    def compute_output_shape(self, shape: Shape) -> Shape:
        rows, tokens, dim = shape
        return (rows, None if tokens is None else tokens + 1, dim)


@own_layer
class TokenAttention(Dropping):
    """What each of (rows, tokens, dim) takes of all others, or the first alone: (rows, 1, dim).

    Args:
        heads: parts of ``dim`` that attend each for itself.
        rate: the name of the rate at which attention is dropped, if it is.
        first: whether only the first token asks.
    """

    def __init__(
        self, heads: int, rate: str | None = None, first: bool = False, **options: Any
    ) -> None:
        super().__init__(rate, coarse=True, **options)
        self.heads, self.first = heads, first

    def build(self, shape: tuple[Any, ...]) -> None:
        dim = shape[2]
        for name in ("query", "key", "value", "output"):
            kernel = self.add_weight((dim, dim), uniform(dim), name=f"{name}_kernel")
            bias = self.add_weight((dim,), keras.initializers.Zeros(), name=f"{name}_bias")
            bias.decay_factor = 0.0
            setattr(self, f"_{name}", (kernel, bias))

    def call(self, x: Any, training: bool = False) -> Any:
        size = x.shape[2] // self.heads
        query = self._split(_dense(x[:, :1] if self.first else x, *self._query))
        key, value = (_dense(x, *weights) for weights in (self._key, self._value))
        turned = self._split(key, (0, 2, 3, 1))
        # A query is smaller than what it gives with all keys.
        found = ops.softmax(ops.matmul(query * size**-0.5, turned))
        if training:
            found = self.dropped(found)
        joined = ops.transpose(ops.matmul(found, self._split(value)), (0, 2, 1, 3))
        asked = 1 if self.first else x.shape[1]
        return _dense(ops.reshape(joined, (-1, asked, x.shape[2])), *self._output)

    def _split(self, x: Any, axes: Sequence[int] = (0, 2, 1, 3)) -> Any:
        """Return (rows, heads, tokens, dim / heads), or the axes of (rows, tokens, heads, dim /
        heads) in another order."""
        parts = ops.reshape(x, (-1, x.shape[1], self.heads, x.shape[2] // self.heads))
        return ops.transpose(parts, axes)

    def compute_output_shape(self, shape: Shape) -> Shape:
        rows, tokens, dim = shape
        return (rows, 1 if self.first else tokens, dim)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "heads": self.heads, "first": self.first}


def _dense(x: Any, kernel: Any, bias: Any) -> Any:
    flat = backend().biased(ops.matmul(ops.reshape(x, (-1, x.shape[2])), kernel), bias)
    return ops.reshape(flat, (-1, *x.shape[1:]))
