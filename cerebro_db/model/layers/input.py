"""InputLayer: where an input of the dataset comes in."""

from __future__ import annotations

from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers._base import KERAS, Layer, layer_name
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.values import choice


def _needs(arguments: dict[str, Any]) -> Needs:
    shape = tuple(arguments["batch_shape"][1:])
    return Needs(shape, kept=prod(shape), graph=0)


LAYERS = (
    Layer(
        KERAS,
        {
            "name": layer_name,
            "batch_shape": a.BATCH_SHAPE,
            "dtype": choice("float32", "int32"),
            "sparse": a.OFF,
            "ragged": a.OFF,
            "optional": a.OFF,
        },
        name="InputLayer",
        needs=_needs,
    ),
)
