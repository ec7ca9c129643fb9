"""Training with Keras 3 on TensorFlow. Importing this imports the framework."""

from cerebro_db.training.keras.predictor import KerasPredictor
from cerebro_db.training.keras.subepoch import KerasSubEpoch

__all__ = ["KerasPredictor", "KerasSubEpoch"]
