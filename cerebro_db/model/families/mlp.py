"""mlp: dense layers over all inputs of any kind."""

from typing import Any

from cerebro_db.model.families._base import (
    ACTIVATION,
    BATCH_NORM,
    CATEGORIES,
    DROPOUT,
    EMBEDDING_DIM,
    UNKNOWN,
    Family,
    features,
    head,
    hidden,
    joined,
)
from cerebro_db.model.families._numbers import NUMBER_PARAMETERS, numbers_suit
from cerebro_db.model.graph import GraphBuilder, Tensor
from cerebro_db.model.signature import Signature


def _layers(graph: GraphBuilder, parameters: dict[str, Any], signature: Signature) -> Tensor:
    x = joined(graph, features(graph, signature.inputs, parameters))
    return head(graph, signature, x, parameters)


FAMILY = Family(
    "mlp",
    "dense layers over numbers, embedded categories, flattened images and averaged words",
    (
        hidden(128, 64),
        ACTIVATION,
        DROPOUT,
        BATCH_NORM,
        EMBEDDING_DIM,
        UNKNOWN,
        *NUMBER_PARAMETERS,
    ),
    _layers,
    numbers_suit,
    CATEGORIES,
)
