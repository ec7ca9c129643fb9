"""From any Keras config of a model to the one form that ``model/admission`` knows.

Keras 2 and 3 write a model as a list of layers, a Sequential, a Model or a Functional, with calls
in two notations, arguments under other names, models within models, and operations between layers.
What comes out is one Functional config of Keras 3 whose layers are no models. It is not admitted
yet: whatever the reader does not know it leaves as it is, for admission to refuse.
"""

from cerebro_db.model.configs.bounds import (
    MAX_CALLS,
    MAX_DEPTH,
    MAX_LAYERS,
    MAX_VALUES,
    bounded,
    count_values,
)
from cerebro_db.model.configs.flat import OneForm, one_form

__all__ = [
    "MAX_CALLS",
    "MAX_DEPTH",
    "MAX_LAYERS",
    "MAX_VALUES",
    "OneForm",
    "bounded",
    "count_values",
    "one_form",
]
