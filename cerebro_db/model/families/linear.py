"""linear: one linear layer over all inputs of any kind; linear or logistic regression."""

from dataclasses import replace
from typing import Any

from cerebro_db.model.families._base import (
    CATEGORIES,
    DROPOUT,
    EMBEDDING_DIM,
    OUTPUT,
    UNKNOWN,
    Family,
    dropped_out,
    features,
    joined,
    output,
)
from cerebro_db.model.families._numbers import NUMBER_PARAMETERS, numbers_suit
from cerebro_db.model.graph import GraphBuilder, Tensor
from cerebro_db.model.parameters import always
from cerebro_db.model.signature import Signature


def _layers(graph: GraphBuilder, parameters: dict[str, Any], signature: Signature) -> Tensor:
    x = joined(graph, features(graph, signature.inputs, parameters))
    graph.reserve(OUTPUT)
    return output(graph, signature, dropped_out(graph, x, parameters))


FAMILY = Family(
    "linear",
    "one linear layer over numbers, embedded categories, flattened images and averaged words",
    (
        replace(DROPOUT, doc="share of features dropped while training", counts=always),
        EMBEDDING_DIM,
        UNKNOWN,
        *NUMBER_PARAMETERS,
    ),
    _layers,
    numbers_suit,
    CATEGORIES,
)
