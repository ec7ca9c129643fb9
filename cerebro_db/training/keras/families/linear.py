"""linear: one linear layer over all inputs of any kind."""

from typing import Any

from keras import KerasTensor, layers

from cerebro_db.training.keras.families._base import Inputs, dropout, features, joined


def build(parameters: dict[str, Any], inputs: Inputs, units: int) -> KerasTensor:
    """Return the logits."""
    x = joined(features(inputs, parameters["embedding_dim"]))
    return layers.Dense(units)(dropout(x, parameters))
