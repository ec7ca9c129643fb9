"""How a layer of the project's own becomes known to Keras, by the name that graphs have for it, and
how it makes its weights."""

from __future__ import annotations

from typing import Any

import keras

from cerebro_db.model.layers._base import PACKAGE

own_layer = keras.saving.register_keras_serializable(PACKAGE)

Shape = tuple[int | None, ...]


class Heads(keras.layers.Layer):
    """A layer that gives each row logits of several heads: (rows, heads, units)."""


def weight(
    layer: keras.layers.Layer,
    name: str,
    shape: Shape,
    initializer: Any,
    rate_factor: float = 1.0,
    decay_factor: float = 1.0,
) -> Any:
    """Return a new weight of a layer, with factors of its own: see ``optimizers.py``."""
    made = layer.add_weight(shape=shape, initializer=initializer, name=name)
    made.rate_factor, made.decay_factor = rate_factor, decay_factor
    return made
