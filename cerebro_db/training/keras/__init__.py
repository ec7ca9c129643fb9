"""Training with Keras on any of its backends: what is the same for all. ``training/_backend.py``
says what one adds. Importing this imports Keras on the backend that the process has begun with."""

from cerebro_db.training.keras.predictor import KerasPredictor
from cerebro_db.training.keras.subepoch import KerasSubEpoch

__all__ = ["KerasPredictor", "KerasSubEpoch"]
