"""mlp: dense layers over all inputs of any kind."""

from typing import Any

from keras import KerasTensor

from cerebro_db.training.keras.families._base import (
    Inputs,
    features,
    hidden_layers,
    joined,
    output,
)


def build(parameters: dict[str, Any], inputs: Inputs, units: int) -> KerasTensor:
    """Return the logits."""
    x = joined(features(inputs, parameters["embedding_dim"]))
    return output(units)(hidden_layers(x, parameters))
