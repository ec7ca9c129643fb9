"""How a layer of the project's own becomes known to Keras: by the name that graphs have for it."""

from __future__ import annotations

import keras

from cerebro_db.model.layers._base import PACKAGE

own_layer = keras.saving.register_keras_serializable(PACKAGE)

Shape = tuple[int | None, ...]
