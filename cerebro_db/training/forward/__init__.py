"""A trained network as data, and what computes it with numpy alone: no framework to import.

``reading.py`` makes a ``Graph`` of a network's layers, which is kept with its weights.
"""

from cerebro_db.training.forward.graph import NOTE, OPERATIONS, Forward, Graph, Step
from cerebro_db.training.forward.predictor import CLIP, ForwardPredictor, of_state

__all__ = [
    "CLIP",
    "NOTE",
    "OPERATIONS",
    "Forward",
    "ForwardPredictor",
    "Graph",
    "Step",
    "of_state",
]
