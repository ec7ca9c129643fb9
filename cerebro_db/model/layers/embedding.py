"""Embedding: a vector for each id."""

from __future__ import annotations

from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import keras_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Shape
from cerebro_db.model.values import integer


def _needs(arguments: dict[str, Any], shape: Shape) -> Needs:
    size, dim = arguments["input_dim"], arguments["output_dim"]
    return Needs(
        (*shape, dim),
        trained=size * dim,
        weights=((size, dim),),
        kept=prod(shape) * dim,
        initial=speeds.initial_operations(arguments, "embeddings", (size, dim)),
    )


LAYERS = (
    keras_layer(
        "Embedding",
        {
            "input_dim": integer(1, 1_048_576),
            "output_dim": a.FILTERS,
            "mask_zero": a.FLAG,
            "quantization_config": a.ABSENT,
            "activity_regularizer": a.REGULARIZER,
            **a.weights("embeddings"),
        },
        _needs,
        with_weights=True,
    ),
)
