"""What becomes of the vectors of a text's words, of which some only fill it up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import KerasTensor, ops

from cerebro_db.training.keras.layers._base import Shape, own_layer


@own_layer
class WordMask(keras.layers.Layer):
    """Which of (rows, length) word ids are words: all but 0, which pads."""

    def call(self, ids: Any) -> Any:
        return ops.not_equal(ids, 0)

    def compute_output_spec(self, ids: KerasTensor) -> KerasTensor:
        return KerasTensor(ids.shape, dtype="bool")


class _Masked(keras.layers.Layer):
    """From (rows, length, dim) and a mask (rows, length) to (rows, dim)."""

    def compute_output_shape(self, shapes: Sequence[Shape]) -> Shape:
        rows, _, dim = shapes[0]
        return rows, dim


@own_layer
class MaskedMean(_Masked):
    """The mean over the words; 0 for an empty text."""

    def call(self, tensors: Sequence[Any]) -> Any:
        vectors, mask = _with_numbers(tensors)
        count = ops.maximum(ops.sum(mask, axis=1), 1.0)
        return ops.divide(ops.sum(ops.multiply(vectors, mask), axis=1), count)


@own_layer
class MaskedMax(_Masked):
    """The largest number over the words, for each dimension; 0 for an empty text."""

    def call(self, tensors: Sequence[Any]) -> Any:
        vectors, mask = _with_numbers(tensors)
        lowered = ops.max(ops.subtract(vectors, ops.multiply(1.0 - mask, 1e9)), axis=1)
        return ops.multiply(lowered, ops.max(mask, axis=1))


@own_layer
class GlobalAveragePooling1D(keras.layers.GlobalAveragePooling1D):
    """Keras' own, in whose place it is built: 0 where no place counts, which there is NaN."""

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return super().call(inputs)
        here = ops.expand_dims(mask, -1)
        total = ops.sum(ops.where(here, inputs, 0.0), axis=1, keepdims=self.keepdims)
        count = ops.sum(ops.cast(here, inputs.dtype), axis=1, keepdims=self.keepdims)
        return total / ops.maximum(count, 1.0)


def _with_numbers(tensors: Sequence[Any]) -> tuple[Any, Any]:
    """Return the vectors, and the mask as (rows, length, 1) of 0 and 1."""
    vectors, mask = tensors
    return vectors, ops.expand_dims(ops.cast(mask, "float32"), -1)
