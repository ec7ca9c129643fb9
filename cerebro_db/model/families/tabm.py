"""tabm: dense layers with many heads, which share their kernels and answer together.

TabM: advancing tabular deep learning with parameter-efficient ensembling (Gorishniy et al., ICLR
2025), with the defaults of the authors' package tabm.
"""

from dataclasses import replace
from math import prod
from typing import Any

from cerebro_db.model.families._base import (
    ACTIVATION,
    BIASES_AND_NORMS,
    CATEGORIES,
    DROPOUT,
    EMBEDDING_DIM,
    UNKNOWN,
    Family,
    dropped_out,
    embedded_widths,
    features,
    joined,
)
from cerebro_db.model.families._numbers import (
    NUMBER_PARAMETERS,
    NUMBERS_DIM,
    PERIODIC_DIM,
    continuous_columns,
    numbers_suit,
)
from cerebro_db.model.families._uniform import uniform_dense
from cerebro_db.model.graph import GraphBuilder, Tensor
from cerebro_db.model.parameters import Parameter, always
from cerebro_db.model.signature import Input, Signature
from cerebro_db.model.values import flag, integer, optional

_PIECEWISE_DIM = 16
_DIM_DOC = "numbers that stand for an embedded one; null: 16 for piecewise, 24 for periodic"

_Parameters = dict[str, Any]


def _layers(graph: GraphBuilder, parameters: _Parameters, signature: Signature) -> Tensor:
    parameters = {**parameters, "numbers_dim": _numbers_dim(parameters)}
    x = joined(graph, features(graph, signature.inputs, parameters))
    x = (_mini if parameters["mini"] else _whole)(graph, parameters, signature, x)
    return graph.layer("output", "HeadDense", {"units": signature.output.units}, x, name="output")


def _whole(graph: GraphBuilder, parameters: _Parameters, signature: Signature, x: Tensor) -> Tensor:
    """Put down layers of which each head scales what comes and what goes."""
    arguments = {"units": parameters["units"], "heads": parameters["heads"]}
    start = _scaling(parameters, signature)
    for i in range(_blocks(parameters)):
        where, name = f"block {i + 1}", f"hidden_{i + 1}"
        x = graph.layer(where, "SharedDense", {**arguments, **start}, x, name=name)
        x, start = _finished(graph, where, x, parameters), {}
    return x


def _mini(graph: GraphBuilder, parameters: _Parameters, signature: Signature, x: Tensor) -> Tensor:
    """Put down layers that all heads share; each scales what comes to the first."""
    arguments = {"heads": parameters["heads"], **_scaling(parameters, signature)}
    x = graph.layer("heads", "ScaledHeads", arguments, x, name="heads")
    for i in range(_blocks(parameters)):
        where = f"block {i + 1}"
        x = uniform_dense(graph, where, parameters["units"], x, f"hidden_{i + 1}")
        x = _finished(graph, where, x, parameters)
    return x


def _finished(graph: GraphBuilder, where: str, x: Tensor, parameters: _Parameters) -> Tensor:
    activation = {"activation": parameters["activation"]}
    x = graph.layer(f"activation of {where}", "Activation", activation, x)
    return dropped_out(graph, x, parameters, coarse=True)


def _blocks(parameters: _Parameters) -> int:
    plain = parameters["numbers"] == "plain"
    return int(parameters["blocks"] or (3 if plain else 2))


def _numbers_dim(parameters: _Parameters) -> int:
    default = PERIODIC_DIM if parameters["numbers"] == "periodic" else _PIECEWISE_DIM
    return int(parameters["numbers_dim"] or default)


def _scaling(parameters: _Parameters, signature: Signature) -> dict[str, Any]:
    """Return how the first factors of each head begin: alike for all that stands for one value."""
    kind = "signs" if parameters["numbers"] == "plain" else "normal"
    chunks = [n for item in signature.inputs for n in _chunks(parameters, item)]
    return {"scaling": kind, "chunks": chunks if max(chunks) > 1 else None}


def _chunks(parameters: _Parameters, item: Input) -> list[int]:
    """Return the widths of what stands for each value of an input, in the order of ``features``."""
    match item.kind:
        case "categorical" | "text":
            return embedded_widths(item, parameters["embedding_dim"])
        case "numeric" if parameters["numbers"] != "plain":
            continuous = len(continuous_columns(item))
            return [parameters["numbers_dim"]] * continuous + [1] * (item.shape[0] - continuous)
        case _:
            return [1] * prod(item.shape)


FAMILY = Family(
    "tabm",
    "dense layers of many heads, which share their kernels and answer together",
    (
        Parameter("heads", integer(1, 1_024), 32, "networks in one"),
        Parameter(
            "mini",
            flag,
            False,
            "let heads differ in the first layer's inputs and in the output alone",
        ),
        Parameter(
            "blocks",
            optional(integer(1, 64)),
            None,
            "dense layers before the output; null: 3 for plain numbers, and 2 for others",
        ),
        Parameter("units", integer(1, 8_192), 512, "units of each dense layer"),
        replace(ACTIVATION, counts=always),
        replace(DROPOUT, default=0.1, counts=always),
        EMBEDDING_DIM,
        UNKNOWN,
        *(replace(p, doc=_DIM_DOC) if p is NUMBERS_DIM else p for p in NUMBER_PARAMETERS),
    ),
    _layers,
    numbers_suit,
    {
        **CATEGORIES,
        "optimizer": "adamw",
        "learning_rate": 2e-3,
        "weight_decay": 3e-4,
        "batch_size": 256,
    },
    undecayed=BIASES_AND_NORMS,
)
