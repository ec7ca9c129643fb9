"""Dense: a matrix product over the last axis."""

from __future__ import annotations

from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers._base import BIASED, keras_layer
from cerebro_db.model.layers.needs import Needs, weighted
from cerebro_db.model.layers.shapes import Shape


def dense(arguments: dict[str, Any], shape: Shape) -> Needs:
    """Return the needs of a product with a kernel of ``units`` columns."""
    *lead, width = shape
    units = arguments["units"]
    return weighted(
        arguments, (*lead, units), kernel=(width, units), biases=units, times=prod(lead)
    )


LAYERS = (
    keras_layer(
        "Dense",
        {"units": a.UNITS, "quantization_config": a.ABSENT, **BIASED, **a.weights("kernel")},
        dense,
        with_weights=True,
    ),
)
