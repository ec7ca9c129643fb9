"""The project's own layers, of Keras' operations: what Keras has not, or fixes in the graph where
configurations vary. A framework's folder has those that are made of its own.

``model/layers`` says what they take and need. Keras finds them by the names under which they are
registered, so whoever builds a network imports this package.
"""

from cerebro_db.training.keras.layers.dropout import CodeDropout, Dropping, VariableDropout
from cerebro_db.training.keras.layers.embeddings import ColumnEmbeddings
from cerebro_db.training.keras.layers.words import MaskedMax, MaskedMean, WordMask

__all__ = [
    "CodeDropout",
    "ColumnEmbeddings",
    "Dropping",
    "MaskedMax",
    "MaskedMean",
    "VariableDropout",
    "WordMask",
]
