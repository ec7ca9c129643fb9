"""mlp: dense layers over all inputs of any kind."""

from typing import Any

from cerebro_db.model.cost.ledger import Ledger
from cerebro_db.model.families._base import (
    ACTIVATION,
    BATCH_NORM,
    DROPOUT,
    EMBEDDING_DIM,
    Family,
    features,
    hidden,
    hidden_layers,
    joined,
    outputs,
)
from cerebro_db.model.signature import Signature


def _outline(ledger: Ledger, parameters: dict[str, Any], signature: Signature) -> None:
    x = joined(ledger, features(ledger, signature.inputs, parameters["embedding_dim"]))
    outputs(ledger, signature, hidden_layers(ledger, x, parameters))


FAMILY = Family(
    "mlp",
    "dense layers over numbers, embedded categories, flattened images and averaged words",
    (hidden(128, 64), ACTIVATION, DROPOUT, BATCH_NORM, EMBEDDING_DIM),
    _outline,
)
