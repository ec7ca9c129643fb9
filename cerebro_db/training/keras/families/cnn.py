"""cnn: convolutions over images, then dense layers; other inputs join before the dense layers."""

from typing import Any

from keras import KerasTensor, layers

from cerebro_db.training.keras.families._base import (
    Inputs,
    block,
    features,
    hidden_layers,
    joined,
    output,
    with_names,
)


def build(parameters: dict[str, Any], inputs: Inputs, units: int) -> KerasTensor:
    """Return the logits."""
    images = [pair for pair in inputs if pair[0].kind == "image"]
    seen = [_convolved(x, name, parameters) for name, _, x in with_names(images)]
    others = [pair for pair in inputs if pair[0].kind != "image"]
    x = joined([*seen, *features(others, parameters["embedding_dim"])])
    return output(units)(hidden_layers(x, parameters))


def _convolved(x: KerasTensor, prefix: str, parameters: dict[str, Any]) -> KerasTensor:
    for i, filters in enumerate(parameters["filters"], 1):
        name = f"{prefix}_conv_{i}"
        x = layers.Conv2D(filters, parameters["kernel"], padding="same", name=name)(x)
        x = block(x, name, parameters)
        if parameters["pool"] > 1:
            x = layers.MaxPooling2D(parameters["pool"])(x)
    return layers.Flatten()(x)
