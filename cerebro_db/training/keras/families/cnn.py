"""cnn: convolutions over images, then dense layers; other inputs join before the dense layers."""

from typing import Any

from keras import KerasTensor, layers

from cerebro_db.training.keras.families._base import (
    Inputs,
    block,
    features,
    hidden_layers,
    joined,
)


def build(parameters: dict[str, Any], inputs: Inputs, units: int) -> KerasTensor:
    """Return the logits."""
    images = [_convolved(tensor, parameters) for item, tensor in inputs if item.kind == "image"]
    others = [pair for pair in inputs if pair[0].kind != "image"]
    x = joined([*images, *features(others, parameters["embedding_dim"])])
    return layers.Dense(units)(hidden_layers(x, parameters))


def _convolved(x: KerasTensor, parameters: dict[str, Any]) -> KerasTensor:
    for filters in parameters["filters"]:
        x = block(layers.Conv2D(filters, parameters["kernel"], padding="same")(x), parameters)
        if parameters["pool"] > 1:
            x = layers.MaxPooling2D(parameters["pool"])(x)
    return layers.Flatten()(x)
