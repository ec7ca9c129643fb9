"""ft_transformer: attention among the columns of a row.

Revisiting deep learning models for tabular data (Gorishniy et al., NeurIPS 2021), section 3.3, with
the defaults of the authors' package rtdl_revisiting_models.
"""

from dataclasses import replace
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.families._base import (
    BIASES_AND_NORMS,
    CATEGORIES,
    DROPOUT,
    UNKNOWN,
    Family,
    codes_of,
    dropped_out,
    named,
    pooled,
    words,
)
from cerebro_db.model.families._numbers import (
    NUMBER_PARAMETERS,
    NUMBERS_DIM,
    number_tokens,
    numbers_suit,
)
from cerebro_db.model.families._uniform import uniform_dense, units_within
from cerebro_db.model.graph import GraphBuilder, Tensor
from cerebro_db.model.parameters import Parameter, always
from cerebro_db.model.signature import Input, Signature
from cerebro_db.model.values import integer, number

_NORM = {"epsilon": 1e-5}


def _suits(parameters: dict[str, Any], signature: Signature) -> None:
    if parameters["units"] % parameters["attention_heads"]:
        raise InvalidArgument(
            "units must be a multiple of attention_heads",
            detail=f"They are {parameters['units']} and {parameters['attention_heads']}.",
            hint="Choose other numbers, such as 192 and 8.",
        )
    numbers_suit(parameters, signature)


def _layers(graph: GraphBuilder, parameters: dict[str, Any], signature: Signature) -> Tensor:
    tokens = _tokens(graph, parameters, signature)
    if len(tokens) > 1:
        tokens = [graph.layer("inputs", "Concatenate", {"axis": 1}, *tokens)]
    x = graph.layer("inputs", "AnswerToken", {}, *tokens, name="answer")
    for i in range(1, parameters["blocks"] + 1):
        x = _attended(graph, i, x, parameters)
        x = _fed_forward(graph, i, x, parameters)
    x = graph.layer("last", "Flatten", {}, x)
    x = _normalised(graph, "last", x)
    x = graph.layer("last", "ReLU", {}, x)
    return uniform_dense(graph, "output", signature.output.units, x, "output")


def _tokens(graph: GraphBuilder, parameters: dict[str, Any], signature: Signature) -> list[Tensor]:
    """Put down a token for each column; a text or an image is one."""
    each = named(signature.inputs)
    return [token for name, item in each for token in _of_input(graph, item, name, parameters)]


def _of_input(
    graph: GraphBuilder, item: Input, name: str, parameters: dict[str, Any]
) -> list[Tensor]:
    where, dim = f"units of {item.name}", parameters["units"]
    match item.kind:
        case "numeric":
            return number_tokens(graph, item, parameters, dim)
        case "categorical":
            arguments, table = {"sizes": list(item.sizes), "dim": dim}, f"{name}_embedding"
            codes = codes_of(graph, item, parameters["unknown"])
            return [graph.layer(where, "CodeTokens", arguments, codes, name=table)]
        case "text":
            vector = pooled(graph, item, "mean", *words(graph, item, name, dim))
        case "image":
            pixels = graph.layer(item.name, "Flatten", {}, graph.input(item))
            vector = uniform_dense(graph, where, dim, pixels, f"{name}_dense")
    return [graph.layer(where, "Reshape", {"target_shape": [1, dim]}, vector)]


def _attended(graph: GraphBuilder, number: int, x: Tensor, parameters: dict[str, Any]) -> Tensor:
    """Put down attention; in the last block the answer's token alone asks, and goes on."""
    where, name, last = f"block {number}", f"block_{number}", number == parameters["blocks"]
    # What comes first is not normalised, without which the model learns badly.
    taken = x if number == 1 else _normalised(graph, f"{name}_attention", x)
    rate = "attention_dropout" if parameters["attention_dropout"] else None
    arguments = {"heads": parameters["attention_heads"], "rate": rate, "first": last}
    found = graph.layer(
        f"attention of {where}", "TokenAttention", arguments, taken, name=f"{name}_attention"
    )
    if last:
        x = graph.layer(where, "TakeColumns", {"columns": [0]}, x)
    return _added(graph, where, x, found, parameters)


def _fed_forward(graph: GraphBuilder, number: int, x: Tensor, parameters: dict[str, Any]) -> Tensor:
    """Put down two dense layers, of which the first is gated (ReGLU)."""
    where, name, units = f"block {number}", f"block_{number}", parameters["units"]
    within = units_within(parameters)
    taken = _normalised(graph, f"{name}_dense", x)
    value = uniform_dense(graph, where, within, taken, f"{name}_value")
    gate = uniform_dense(graph, where, within, taken, f"{name}_gate")
    gate = graph.layer(where, "ReLU", {}, gate)
    found = graph.layer(where, "Multiply", {}, value, gate)
    found = dropped_out(graph, found, parameters, coarse=True)
    found = uniform_dense(graph, where, units, found, f"{name}_back")
    return _added(graph, where, x, found, parameters)


def _added(
    graph: GraphBuilder, where: str, x: Tensor, found: Tensor, parameters: dict[str, Any]
) -> Tensor:
    found = dropped_out(graph, found, parameters, "residual_dropout", coarse=True)
    return graph.layer(where, "Add", {}, x, found)


def _normalised(graph: GraphBuilder, name: str, x: Tensor) -> Tensor:
    return graph.layer(f"norm of {name}", "LayerNormalization", _NORM, x, name=f"{name}_norm")


FAMILY = Family(
    "ft_transformer",
    "attention among the columns of a row",
    (
        Parameter("blocks", integer(1, 16), 3, "blocks of attention and dense layers"),
        Parameter("units", integer(1, 1_024), 192, "numbers that stand for a column"),
        Parameter("attention_heads", integer(1, 64), 8, "parts that attend each for itself"),
        Parameter("attention_dropout", number(0, 1), 0.2, "share of attention dropped"),
        Parameter(
            "hidden_factor",
            number(0, 64, above=True),
            4 / 3,
            "units within a block, as a multiple of those between blocks",
        ),
        replace(DROPOUT, default=0.1, doc="share of units within a block dropped", counts=always),
        Parameter("residual_dropout", number(0, 1), 0.0, "share of what a block adds dropped"),
        UNKNOWN,
        *(parameter for parameter in NUMBER_PARAMETERS if parameter is not NUMBERS_DIM),
    ),
    _layers,
    _suits,
    {
        **CATEGORIES,
        "optimizer": "adamw",
        "learning_rate": 1e-4,
        "weight_decay": 1e-5,
        "batch_size": 256,
    },
    undecayed=BIASES_AND_NORMS,
)
