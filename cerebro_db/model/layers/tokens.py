"""Columns as tokens of a transformer, and attention among them."""

from __future__ import annotations

from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import layer_name, own_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape, divided, of_rank
from cerebro_db.model.values import integer, list_of, optional
from cerebro_db.words import counted


def _codes(arguments: dict[str, Any], shape: Shape) -> Needs:
    sizes, dim = arguments["sizes"], arguments["dim"]
    if shape != (len(sizes),):
        columns = counted(len(sizes), "column")
        raise Misfit(f"it takes codes of {columns}, and is given the shape {list(shape)}")
    table, size = (sum(sizes), dim), (len(sizes), dim)
    return Needs(
        size,
        trained=(table, size),
        embeds=True,
        kept=2 * prod(size),
        operations=prod(size),
        slowness=speeds.ELEMENTWISE,
    )


def _answer(arguments: dict[str, Any], shape: Shape) -> Needs:
    tokens, dim = of_rank(shape, 2)
    out = (tokens + 1, dim)
    return Needs(out, trained=((dim,),), kept=prod(out))


def _attention(arguments: dict[str, Any], shape: Shape) -> Needs:
    tokens, dim = of_rank(shape, 2)
    heads, asking = arguments["heads"], 1 if arguments.get("first") else tokens
    divided(dim, heads)
    pair = ((dim, dim), (dim,))
    scores = heads * asking * tokens
    out = (asking, dim)
    return Needs(
        out,
        trained=4 * pair,
        kept=4 * (asking + tokens) * dim + 4 * scores,
        operations=4 * (asking + tokens) * dim * dim
        + 4 * scores * dim // heads
        + speeds.ELEMENTWISE * 4 * scores
        + speeds.NOISE * scores * (arguments.get("rate") is not None),
        graph=speeds.ATTENTION_GRAPH,
    )


LAYERS = (
    own_layer(
        "CodeTokens",
        {"sizes": list_of(integer(1, 1_048_576), 1, 65_536), "dim": a.FILTERS},
        _codes,
        required=("sizes", "dim"),
        with_weights=True,
    ),
    own_layer("AnswerToken", {}, _answer, with_weights=True),
    own_layer(
        "TokenAttention",
        {"heads": integer(1, 256), "rate": optional(layer_name), "first": a.FLAG},
        _attention,
        required=("heads",),
        with_weights=True,
    ),
)
