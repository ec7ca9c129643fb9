"""The project's own layers on TensorFlow: those of Keras' operations, and those that are made of
TensorFlow's, which are faster here. ``backend.py`` imports them, and so Keras finds them by their
names."""

from cerebro_db.training.keras.layers import (
    CodeDropout,
    ColumnEmbeddings,
    Dropping,
    MaskedMax,
    MaskedMean,
    VariableDropout,
    WordMask,
)
from cerebro_db.training.tensorflow.layers.embedded_numbers import (
    LinearNumbers,
    PeriodicNumbers,
    PiecewiseEncoding,
    PiecewiseNumbers,
    TakeColumns,
)
from cerebro_db.training.tensorflow.layers.heads import HeadDense, ScaledHeads, SharedDense
from cerebro_db.training.tensorflow.layers.numbers import CosineNumbers, RobustClip
from cerebro_db.training.tensorflow.layers.realmlp import (
    LogitDifference,
    NtpDense,
    ParametricActivation,
    Scaling,
)
from cerebro_db.training.tensorflow.layers.tokens import AnswerToken, CodeTokens, TokenAttention

__all__ = [
    "AnswerToken",
    "CodeDropout",
    "CodeTokens",
    "ColumnEmbeddings",
    "CosineNumbers",
    "Dropping",
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
