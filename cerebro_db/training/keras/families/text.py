"""text: embedded words, pooled or read by an LSTM, then dense layers; other inputs join there."""

from typing import Any

from keras import KerasTensor, layers, ops

from cerebro_db.model.signature import Input
from cerebro_db.training.keras.families._base import (
    Inputs,
    features,
    hidden_layers,
    joined,
    mean_of_words,
    words,
)


def build(parameters: dict[str, Any], inputs: Inputs, units: int) -> KerasTensor:
    """Return the logits."""
    texts = [_read(item, ids, parameters) for item, ids in inputs if item.kind == "text"]
    others = [pair for pair in inputs if pair[0].kind != "text"]
    x = joined([*texts, *features(others, parameters["embedding_dim"])])
    return layers.Dense(units)(hidden_layers(x, parameters))


def _read(item: Input, ids: KerasTensor, parameters: dict[str, Any]) -> KerasTensor:
    vectors, mask = words(item, ids, parameters["embedding_dim"])
    match parameters["pooling"]:
        case "mean":
            return mean_of_words(vectors, mask)
        case "max":
            # An empty text has 0 everywhere, as with the mean.
            lowered = ops.max(ops.subtract(vectors, ops.multiply(1.0 - mask, 1e9)), axis=1)
            return ops.multiply(lowered, ops.max(mask, axis=1))
        case _:
            present = ops.squeeze(ops.cast(mask, "bool"), -1)
            return layers.LSTM(parameters["units"])(vectors, mask=present)
