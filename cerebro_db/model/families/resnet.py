"""resnet: residual blocks of dense layers.

Revisiting deep learning models for tabular data (Gorishniy et al., NeurIPS 2021), section 3.2, with
the defaults of the authors' package rtdl_revisiting_models.
"""

from dataclasses import replace
from typing import Any

from cerebro_db.model.families._base import (
    CATEGORIES,
    DROPOUT,
    EMBEDDING_DIM,
    UNKNOWN,
    Family,
    dropped_out,
    features,
    joined,
)
from cerebro_db.model.families._numbers import NUMBER_PARAMETERS, numbers_suit
from cerebro_db.model.families._uniform import uniform_dense, units_within
from cerebro_db.model.graph import GraphBuilder, Tensor
from cerebro_db.model.parameters import Parameter, always
from cerebro_db.model.signature import Signature
from cerebro_db.model.values import integer, number

# As PyTorch's: its momentum of 0.1 is what Keras calls 0.9.
_NORM = {"momentum": 0.9, "epsilon": 1e-5}


def _layers(graph: GraphBuilder, parameters: dict[str, Any], signature: Signature) -> Tensor:
    x = joined(graph, features(graph, signature.inputs, parameters))
    x = uniform_dense(graph, "units", parameters["units"], x, "first")
    for i in range(parameters["blocks"]):
        x = graph.layer(f"block {i + 1}", "Add", {}, x, _block(graph, i + 1, x, parameters))
    x = _normalised(graph, "last", x)
    x = graph.layer("last", "ReLU", {}, x)
    return uniform_dense(graph, "output", signature.output.units, x, "output")


def _block(graph: GraphBuilder, number: int, x: Tensor, parameters: dict[str, Any]) -> Tensor:
    where, name, units = f"block {number}", f"block_{number}", parameters["units"]
    x = _normalised(graph, name, x)
    within = units_within(parameters)
    x = uniform_dense(graph, where, within, x, f"{name}_within")
    x = graph.layer(where, "ReLU", {}, x)
    x = dropped_out(graph, x, parameters, coarse=True)
    x = uniform_dense(graph, where, units, x, f"{name}_back")
    return dropped_out(graph, x, parameters, "residual_dropout", coarse=True)


def _normalised(graph: GraphBuilder, name: str, x: Tensor) -> Tensor:
    return graph.layer(f"norm of {name}", "BatchNormalization", _NORM, x, name=f"{name}_norm")


FAMILY = Family(
    "resnet",
    "residual blocks of two dense layers each, normalised over the batch",
    (
        Parameter("blocks", integer(1, 64), 2, "residual blocks"),
        Parameter("units", integer(1, 4_096), 192, "numbers that go from block to block"),
        Parameter(
            "hidden_factor",
            number(0, 64, above=True),
            2.0,
            "units within a block, as a multiple of those between blocks",
        ),
        replace(DROPOUT, default=0.3, doc="share of units within a block dropped", counts=always),
        Parameter("residual_dropout", number(0, 1), 0.0, "share of what a block adds dropped"),
        EMBEDDING_DIM,
        UNKNOWN,
        *NUMBER_PARAMETERS,
    ),
    _layers,
    numbers_suit,
    {
        **CATEGORIES,
        "optimizer": "adamw",
        "learning_rate": 1e-3,
        "weight_decay": 1e-5,
        "batch_size": 256,
    },
)
