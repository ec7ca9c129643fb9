"""TimeDistributed: a layer with the same weights at each place of a sequence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cerebro_db.model.layers import (
    attention,
    convolution,
    dense,
    elementwise,
    embedding,
    form,
    noise,
    normalization,
    pooling,
    recurrent,
    transposed,
)
from cerebro_db.model.layers._base import KERAS, keras_layer
from cerebro_db.model.layers.arguments import admitted_object
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape

_INNER = {
    layer.name: layer
    for several in (
        attention, convolution, dense, elementwise, embedding, form, noise, normalization,
        pooling, recurrent, transposed,
    )
    for layer in several.LAYERS
    if layer.module == KERAS and layer.arity in ("one", "masked")
}  # fmt: skip


def _inner(value: Any, where: str) -> dict[str, Any]:
    return admitted_object(value, where, _INNER, "layer in TimeDistributed")


def _needs(arguments: dict[str, Any], shape: Shape) -> Needs:
    if len(shape) < 2:
        raise Misfit(f"it takes a sequence, not the shape {list(shape)}")
    steps, *each = shape
    inner = arguments["layer"]
    needs = _INNER[inner["class_name"]].needs(inner["config"], tuple(each))
    # Keras lays the steps out one behind the other.
    return replace(
        needs,
        shape=(steps, *needs.shape),
        kept=steps * needs.kept,
        operations=steps * needs.operations,
        turns=steps * needs.turns,
        graph=steps * needs.graph,
    )


LAYERS = (keras_layer("TimeDistributed", {"layer": _inner}, _needs, with_weights=True),)
