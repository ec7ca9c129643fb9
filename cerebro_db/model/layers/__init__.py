"""The layers that a model may have; ``_base.py`` says what is said of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cerebro_db.model.layers import (
    attention,
    augmentation,
    convolution,
    dense,
    elementwise,
    embedded_numbers,
    embedding,
    form,
    heads,
    input,
    masking,
    merging,
    noise,
    normalization,
    numbers,
    pooling,
    realmlp,
    recurrent,
    tokens,
    transposed,
    words,
    wrapping,
)
from cerebro_db.model.layers._base import Layer

LAYERS: dict[str, Layer] = {
    layer.name: layer
    for several in (
        input,
        dense,
        embedding,
        convolution,
        transposed,
        pooling,
        recurrent,
        attention,
        normalization,
        numbers,
        realmlp,
        elementwise,
        noise,
        augmentation,
        masking,
        wrapping,
        form,
        merging,
        words,
        embedded_numbers,
        heads,
        tokens,
    )
    for layer in several.LAYERS
}
"""All of them by name, which each has for itself: Keras' and our own."""


def layer_of(admitted: Mapping[str, Any]) -> Layer | None:
    """Return the layer that an object of an admitted config is; None for registered code."""
    layer = LAYERS.get(admitted["class_name"])
    known = layer is not None and layer.registered_name == admitted["registered_name"]
    return layer if known else None


__all__ = ["LAYERS", "Layer", "layer_of"]
