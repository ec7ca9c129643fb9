"""Dropout and noise, which there is in training alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import LAYOUT, Ids, keras_layer, layer_name, own_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape
from cerebro_db.model.values import Check, integer, optional


def noise(arguments: dict[str, Any], shape: Shape) -> Needs:
    """Return the needs of random numbers for each number."""
    return Needs(
        shape, kept=2 * prod(shape), operations=2 * prod(shape), slowness=speeds.NOISE, graph=2
    )


def _with_unknown(arguments: Mapping[str, Any], taken: Sequence[Ids]) -> Ids:
    return Ids(min(0, taken[0].low), max(0, taken[0].high))


def _dropout(arguments: dict[str, Any], shape: Shape) -> Needs:
    drawn = arguments.get("noise_shape")
    if drawn is not None and (
        len(drawn) != len(shape) + 1
        or any(n not in (None, 1, size) for n, size in zip(drawn[1:], shape, strict=True))
    ):
        raise Misfit(f"a noise_shape of {drawn} does not suit rows of shape {list(shape)}")
    return noise(arguments, shape)


# Of all rows, and along each axis of one: null is as many as there are.
_NOISE_SHAPE = optional(a.items(optional(integer(1, 65_536)), 2, 8))
_DROPPED: dict[str, Check] = {"rate": a.RATE, "seed": a.SEED}

LAYERS = (
    keras_layer("Dropout", {**_DROPPED, "noise_shape": _NOISE_SHAPE}, _dropout),
    # At the configuration's rate of this name.
    own_layer("VariableDropout", {"rate": layer_name, "coarse": a.FLAG}, noise, required=("rate",)),
    own_layer(
        "CodeDropout", {"rate": layer_name}, noise, required=("rate",), gives_ids=_with_unknown
    ),
    keras_layer("SpatialDropout1D", _DROPPED, noise),
    keras_layer("SpatialDropout2D", {**_DROPPED, **LAYOUT}, noise),
    keras_layer("GaussianNoise", {"stddev": a.NOT_NEGATIVE, "seed": a.SEED}, noise),
)
