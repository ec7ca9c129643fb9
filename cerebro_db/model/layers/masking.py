"""Masking: places of a sequence that hold one value only are none for the layers behind it."""

from __future__ import annotations

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers._base import keras_layer
from cerebro_db.model.layers.elementwise import elementwise

LAYERS = (keras_layer("Masking", {"mask_value": a.ANY_NUMBER}, elementwise),)
