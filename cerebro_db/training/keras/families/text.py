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
    output,
    with_names,
    words,
)


def build(parameters: dict[str, Any], inputs: Inputs, units: int) -> KerasTensor:
    """Return the logits."""
    texts = [pair for pair in inputs if pair[0].kind == "text"]
    read = [_read(item, name, ids, parameters) for name, item, ids in with_names(texts)]
    others = [pair for pair in inputs if pair[0].kind != "text"]
    x = joined([*read, *features(others, parameters["embedding_dim"])])
    return output(units)(hidden_layers(x, parameters))


def _read(item: Input, name: str, ids: KerasTensor, parameters: dict[str, Any]) -> KerasTensor:
    vectors, mask = words(item, f"{name}_embedding", ids, parameters["embedding_dim"])
    match parameters["pooling"]:
        case "mean":
            return mean_of_words(vectors, mask)
        case "max":
            # An empty text has 0 everywhere, as with the mean.
            lowered = ops.max(ops.subtract(vectors, ops.multiply(1.0 - mask, 1e9)), axis=1)
            return ops.multiply(lowered, ops.max(mask, axis=1))
        case _:
            present = ops.squeeze(ops.cast(mask, "bool"), -1)
            return layers.LSTM(parameters["units"], name=f"{name}_lstm")(vectors, mask=present)
