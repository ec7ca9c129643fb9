"""The parts of families: inputs as one vector of features, hidden layers, and the output."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from keras import KerasTensor, layers, ops

from cerebro_db.model.families._base import named
from cerebro_db.model.signature import Input
from cerebro_db.training.keras.layers import Dropout

Inputs = Sequence[tuple[Input, KerasTensor]]

# From the family's parameters, the dataset's inputs with their tensors and the number of outputs to
# the tensor of logits.
Builder = Callable[[dict[str, Any], Inputs, int], KerasTensor]


def features(inputs: Inputs, embedding_dim: int) -> list[KerasTensor]:
    """Return (rows, n) for each input: numbers, embedded categories, pixels, averaged words."""
    return [_vector(item, name, x, embedding_dim) for name, item, x in with_names(inputs)]


def with_names(inputs: Inputs) -> Iterator[tuple[str, Input, KerasTensor]]:
    """Yield each input with what the names of its layers begin with."""
    names = named(item for item, _ in inputs)
    for (name, _), (item, tensor) in zip(names, inputs, strict=True):
        yield name, item, tensor


def hidden_layers(x: KerasTensor, parameters: dict[str, Any]) -> KerasTensor:
    """Return x behind the dense layers that ``hidden`` asks for."""
    for i, units in enumerate(parameters["hidden"], 1):
        x = block(layers.Dense(units, name=f"hidden_{i}")(x), f"hidden_{i}", parameters)
        x = dropout(x, parameters)
    return x


def block(x: KerasTensor, name: str, parameters: dict[str, Any]) -> KerasTensor:
    """Return x, of the layer of that name, normalised over the batch, where that is asked for, and
    activated."""
    if parameters.get("batch_norm"):
        x = layers.BatchNormalization(name=f"{name}_norm")(x)
    return layers.Activation(parameters["activation"])(x)


def dropout(x: KerasTensor, parameters: dict[str, Any]) -> KerasTensor:
    """Return x with dropout, where that is asked for."""
    rate = parameters["dropout"]
    return Dropout(rate)(x) if rate else x


def joined(tensors: Sequence[KerasTensor]) -> KerasTensor:
    """Return (rows, n) tensors side by side."""
    return tensors[0] if len(tensors) == 1 else layers.Concatenate()(list(tensors))


def output(units: int) -> layers.Dense:
    """Return the layer of logits.

    The order in which layers are made decides on their initial weights: most families make this
    one first.
    """
    return layers.Dense(units, name="output")


def embedded(item: Input, name: str, codes: KerasTensor, dim: int) -> KerasTensor:
    """Return (rows, columns, dim) for the codes of categories: one table for all columns."""
    starts = [sum(item.sizes[:i]) for i in range(len(item.sizes))]
    shifted = ops.add(codes, ops.convert_to_tensor([starts], dtype="int32"))
    return layers.Embedding(sum(item.sizes), dim, name=name)(shifted)


def words(item: Input, name: str, ids: KerasTensor, dim: int) -> tuple[KerasTensor, KerasTensor]:
    """Return (rows, length, dim) for word ids, and (rows, length, 1): 1 for a word, else 0."""
    mask = ops.expand_dims(ops.cast(ops.not_equal(ids, 0), "float32"), -1)
    return layers.Embedding(item.sizes[0], dim, name=name)(ids), mask


def mean_of_words(vectors: KerasTensor, mask: KerasTensor) -> KerasTensor:
    """Return (rows, dim): the mean over the words; 0 for an empty text."""
    count = ops.maximum(ops.sum(mask, axis=1), 1.0)
    return ops.divide(ops.sum(ops.multiply(vectors, mask), axis=1), count)


def _vector(item: Input, name: str, tensor: KerasTensor, embedding_dim: int) -> KerasTensor:
    table = f"{name}_embedding"
    match item.kind:
        case "numeric":
            return tensor
        case "categorical":
            return layers.Flatten()(embedded(item, table, tensor, embedding_dim))
        case "image":
            return layers.Flatten()(tensor)
        case "text":
            return mean_of_words(*words(item, table, tensor, embedding_dim))
