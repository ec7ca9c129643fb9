"""The project's own layers, of Keras' operations: what Keras has not, or fixes in the graph where
configurations vary. The few functions that a framework computes faster by itself it has in its
``Backend``.

``model/layers`` says what they take and need. Keras finds them by the names under which they are
registered, so whoever builds a network imports this package.
"""

from cerebro_db.training.keras.layers.dropout import CodeDropout, Dropping, VariableDropout
from cerebro_db.training.keras.layers.embedded_numbers import (
    LinearNumbers,
    PeriodicNumbers,
    PiecewiseEncoding,
    PiecewiseNumbers,
    TakeColumns,
)
from cerebro_db.training.keras.layers.embeddings import ColumnEmbeddings
from cerebro_db.training.keras.layers.heads import HeadDense, ScaledHeads, SharedDense
from cerebro_db.training.keras.layers.numbers import CosineNumbers, RobustClip
from cerebro_db.training.keras.layers.realmlp import (
    LogitDifference,
    NtpDense,
    ParametricActivation,
    Scaling,
)
from cerebro_db.training.keras.layers.tokens import AnswerToken, CodeTokens, TokenAttention
from cerebro_db.training.keras.layers.words import (
    GlobalAveragePooling1D,
    MaskedMax,
    MaskedMean,
    WordMask,
)

__all__ = [
    "AnswerToken",
    "CodeDropout",
    "CodeTokens",
    "ColumnEmbeddings",
    "CosineNumbers",
    "Dropping",
    "GlobalAveragePooling1D",
    "HeadDense",
    "LinearNumbers",
    "LogitDifference",
    "MaskedMax",
    "MaskedMean",
    "NtpDense",
    "ParametricActivation",
    "PeriodicNumbers",
    "PiecewiseEncoding",
    "PiecewiseNumbers",
    "RobustClip",
    "ScaledHeads",
    "Scaling",
    "SharedDense",
    "TakeColumns",
    "TokenAttention",
    "VariableDropout",
    "WordMask",
]
