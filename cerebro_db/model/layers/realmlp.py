"""The layers of RealMLP (Holzmüller et al., NeurIPS 2024) behind its numbers: see the family."""

from __future__ import annotations

from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import own_layer
from cerebro_db.model.layers.dense import dense
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape
from cerebro_db.model.values import choice

ACTIVATIONS = ("selu", "mish", "relu", "silu", "gelu", "elu")
"""Those that may be parametric."""


def _scaling(arguments: dict[str, Any], shape: Shape) -> Needs:
    return _columnwise(shape, operations=1)


def _activation(arguments: dict[str, Any], shape: Shape) -> Needs:
    return _columnwise(shape, operations=4)


def _columnwise(shape: Shape, operations: int) -> Needs:
    """Return the needs of a function of each number, with a weight for each column."""
    return Needs(
        shape,
        trained=((shape[-1],),),
        kept=2 * prod(shape),
        operations=operations * prod(shape),
        slowness=speeds.ELEMENTWISE,
    )


def _difference(arguments: dict[str, Any], shape: Shape) -> Needs:
    if shape != (2,):
        raise Misfit(f"it takes two numbers a row, not the shape {list(shape)}")
    return Needs((1,), kept=1, operations=1, slowness=speeds.ELEMENTWISE)


LAYERS = (
    own_layer("Scaling", {}, _scaling, with_weights=True),
    own_layer("NtpDense", {"units": a.UNITS}, dense, with_weights=True, required=("units",)),
    own_layer(
        "ParametricActivation",
        {"activation": choice(*ACTIVATIONS)},
        _activation,
        with_weights=True,
        required=("activation",),
    ),
    own_layer("LogitDifference", {}, _difference),
)
