"""Layers that make one tensor of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import GiveIds, Ids, keras_layer
from cerebro_db.model.layers._ids import same_ids
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape, broadcast, place_of
from cerebro_db.words import counted


def _concatenate(arguments: dict[str, Any], *shapes: Shape) -> Needs:
    first = shapes[0]
    place = place_of(arguments.get("axis", -1), len(first))
    for shape in shapes[1:]:
        if (*first[:place], 0, *first[place + 1 :]) != (*shape[:place], 0, *shape[place + 1 :]):
            raise Misfit(f"shapes {list(first)} and {list(shape)} do not fit side by side")
    out = (*first[:place], sum(shape[place] for shape in shapes), *first[place + 1 :])
    return Needs(out, kept=prod(out))


def _merge(arguments: dict[str, Any], *shapes: Shape) -> Needs:
    out = shapes[0]
    for shape in shapes[1:]:
        out = broadcast(out, shape)
    numbers = len(shapes) * prod(out)
    return Needs(out, kept=numbers, operations=numbers, slowness=speeds.ELEMENTWISE)


def _added(arguments: Mapping[str, Any], taken: Sequence[Ids]) -> Ids:
    return Ids(sum(ids.low for ids in taken), sum(ids.high for ids in taken))


def _dot(arguments: dict[str, Any], *shapes: Shape) -> Needs:
    if len(shapes) != 2:
        raise Misfit(f"it takes two tensors, not {len(shapes)}")
    axes = arguments["axes"]
    axes = axes if isinstance(axes, list) else [axes, axes]
    left, right = ([*shape] for shape in shapes)
    sizes = [
        side.pop(place_of(axis, len(side))) for side, axis in zip((left, right), axes, strict=True)
    ]
    if sizes[0] != sizes[1]:
        raise Misfit(f"axes of {sizes[0]} and of {counted(sizes[1], 'number')} have no product")
    out = (*left, *right) or (1,)
    return Needs(out, kept=prod(out), operations=2 * prod(out) * sizes[0])


_MERGING: dict[str, GiveIds | None] = {
    "Add": _added,
    "Subtract": None,
    "Multiply": None,
    "Average": None,
    "Maximum": same_ids,
    "Minimum": same_ids,
}

LAYERS = (
    keras_layer("Concatenate", {"axis": a.AXIS}, _concatenate, arity="many", gives_ids=same_ids),
    keras_layer(
        "Dot",
        {"axes": a.either(a.items(a.AXIS, 2, 2), a.AXIS), "normalize": a.FLAG},
        _dot,
        arity="many",
    ),
    *(keras_layer(name, {}, _merge, arity="many", gives_ids=ids) for name, ids in _MERGING.items()),
)
