"""Layers that make one number of each number: activations, PReLU with its slopes, Rescaling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import Ids, keras_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Shape, place_of
from cerebro_db.model.values import integer, optional


def elementwise(arguments: dict[str, Any], shape: Shape) -> Needs:
    """Return the needs of a function of each number."""
    return Needs(shape, kept=prod(shape), operations=prod(shape), slowness=speeds.ELEMENTWISE)


def _prelu(arguments: dict[str, Any], shape: Shape) -> Needs:
    shared = {place_of(axis, len(shape)) for axis in arguments.get("shared_axes") or ()}
    slopes = tuple(1 if place in shared else size for place, size in enumerate(shape))
    return replace(elementwise(arguments, shape), trained=(slopes,))


def _activated(arguments: Mapping[str, Any], taken: Sequence[Ids]) -> Ids | None:
    return taken[0] if arguments.get("activation") in (None, "linear") else None


def _rescaled(arguments: Mapping[str, Any], taken: Sequence[Ids]) -> Ids | None:
    scale, offset = arguments.get("scale", 1), arguments.get("offset", 0)
    if scale != int(scale) or offset != int(offset):
        return None
    ends = [int(scale) * end + int(offset) for end in (taken[0].low, taken[0].high)]
    return Ids(min(ends), max(ends))


LAYERS = (
    keras_layer("Activation", {"activation": a.ACTIVATION}, elementwise, gives_ids=_activated),
    keras_layer(
        "ReLU",
        {
            "max_value": optional(a.NOT_NEGATIVE),
            "negative_slope": a.NOT_NEGATIVE,
            "threshold": a.NOT_NEGATIVE,
        },
        elementwise,
    ),
    keras_layer("LeakyReLU", {"negative_slope": a.NOT_NEGATIVE}, elementwise),
    keras_layer(
        "PReLU",
        {"shared_axes": optional(a.items(integer(1, 8), 0, 8)), **a.weights("alpha")},
        _prelu,
        with_weights=True,
    ),
    keras_layer("ELU", {"alpha": a.NOT_NEGATIVE}, elementwise),
    keras_layer("Softmax", {"axis": a.AXIS}, elementwise),
    keras_layer(
        "Rescaling",
        {"scale": a.ANY_NUMBER, "offset": a.ANY_NUMBER},
        elementwise,
        gives_ids=_rescaled,
    ),
)
