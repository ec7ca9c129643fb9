"""The allow-list for registered Keras configs: the project's own, over parsed JSON, before any
framework is imported (Keras' safe mode is a deny-list and no guard)."""

from cerebro_db.model.admission.fit import check_outputs, fitted
from cerebro_db.model.admission.graph import admit
from cerebro_db.model.admission.registered import registered_layers
from cerebro_db.model.code import PACKAGE
from cerebro_db.model.layers import LAYERS
from cerebro_db.model.placeholders import BUILT_IN, fill, placeholders

__all__ = [
    "BUILT_IN",
    "LAYERS",
    "PACKAGE",
    "admit",
    "check_outputs",
    "fill",
    "fitted",
    "placeholders",
    "registered_layers",
]
