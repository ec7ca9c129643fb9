"""linear: one linear layer over all inputs of any kind; linear or logistic regression."""

from dataclasses import replace
from typing import Any

from cerebro_db.model.cost.ledger import Ledger
from cerebro_db.model.families._base import (
    DROPOUT,
    EMBEDDING_DIM,
    Family,
    dropped_out,
    features,
    joined,
    outputs,
)
from cerebro_db.model.parameters import always
from cerebro_db.model.signature import Signature


def _outline(ledger: Ledger, parameters: dict[str, Any], signature: Signature) -> None:
    x = joined(ledger, features(ledger, signature.inputs, parameters["embedding_dim"]))
    outputs(ledger, signature, dropped_out(ledger, x, parameters))


FAMILY = Family(
    "linear",
    "one linear layer over numbers, embedded categories, flattened images and averaged words",
    (
        replace(DROPOUT, doc="share of features dropped while training", counts=always),
        EMBEDDING_DIM,
    ),
    _outline,
)
