"""text: embedded words, pooled or read by an LSTM, then dense layers; other inputs join there."""

from dataclasses import replace
from typing import Any

from cerebro_db.model.families._base import (
    ACTIVATION,
    DROPOUT,
    EMBEDDING_DIM,
    Family,
    hidden,
    inputs_of,
)
from cerebro_db.model.parameters import Parameter
from cerebro_db.model.signature import Signature
from cerebro_db.model.values import choice, integer


def _suits(parameters: dict[str, Any], signature: Signature) -> None:
    inputs_of("text", "text", signature)


FAMILY = Family(
    "text",
    "embedded words, pooled or read by an LSTM, then dense layers",
    (
        replace(EMBEDDING_DIM, default=64),
        Parameter("pooling", choice("mean", "max", "lstm"), "mean", "how words become one vector"),
        Parameter("units", integer(1, 4_096), 64, "units of the LSTM"),
        hidden(64),
        ACTIVATION,
        DROPOUT,
    ),
    _suits,
)
