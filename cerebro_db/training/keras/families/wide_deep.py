"""wide_deep: a linear model over numbers and categories beside dense layers over everything.

Wide & deep learning for recommender systems (Cheng et al., DLRS 2016); without crossed columns.
"""

from typing import Any

from keras import KerasTensor, layers, ops

from cerebro_db.training.keras.families._base import (
    Inputs,
    embedded,
    features,
    hidden_layers,
    joined,
    output,
)


def build(parameters: dict[str, Any], inputs: Inputs, units: int) -> KerasTensor:
    """Return the logits."""
    deep = hidden_layers(joined(features(inputs, parameters["embedding_dim"])), parameters)
    parts = [output(units)(deep)]
    for item, tensor in inputs:
        if item.kind == "numeric":
            parts.append(layers.Dense(units, use_bias=False, name=f"wide_{item.name}")(tensor))
        elif item.kind == "categorical":
            parts.append(ops.sum(embedded(item, f"wide_{item.name}", tensor, units), axis=1))
    return layers.Add()(parts)
