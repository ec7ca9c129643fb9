"""Layers of networks with several heads, which share most of their weights."""

from __future__ import annotations

from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import own_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape, of_rank
from cerebro_db.model.values import MAX_UNITS, Check, choice, integer, list_of, optional


def _scaled(arguments: dict[str, Any], shape: Shape) -> Needs:
    size = (arguments["heads"], *of_rank(shape, 1))
    _check_chunks(arguments, size[-1])
    return Needs(
        size,
        trained=(size,),
        kept=prod(size),
        operations=prod(size),
        slowness=speeds.ELEMENTWISE,
    )


def _shared(arguments: dict[str, Any], shape: Shape) -> Needs:
    heads, units = arguments["heads"], arguments["units"]
    *lead, numbers = shape
    if lead not in ([], [heads]):
        raise Misfit(f"it has {heads} heads, and is given the shape {list(shape)}")
    _check_chunks(arguments, numbers)
    kernel, taken, given = (numbers, units), (heads, numbers), (heads, units)
    return Needs(
        given,
        trained=(kernel, taken, given, given),
        kept=prod(taken) + 2 * prod(given),
        operations=2 * heads * prod(kernel) + speeds.ELEMENTWISE * (prod(taken) + 2 * prod(given)),
        graph=2,
    )


def _of_each(arguments: dict[str, Any], shape: Shape) -> Needs:
    heads, numbers = of_rank(shape, 2)
    kernel, out = (heads, numbers, arguments["units"]), (heads, arguments["units"])
    return Needs(
        out,
        trained=(kernel, out),
        kept=heads * numbers + 2 * prod(out),
        operations=2 * prod(kernel) + speeds.ELEMENTWISE * (heads * numbers + prod(out)),
        graph=2,
    )


def _check_chunks(arguments: dict[str, Any], numbers: int) -> None:
    chunks = arguments.get("chunks")
    if chunks is not None and sum(chunks) != numbers:
        raise Misfit(f"its chunks are {sum(chunks)} wide, and what it is given is {numbers}")


_SCALED: dict[str, Check] = {
    "heads": integer(1, 1_024),
    "scaling": choice("ones", "signs", "normal"),
    "chunks": optional(list_of(integer(1, MAX_UNITS), 1, 65_536)),
}

LAYERS = (
    own_layer("ScaledHeads", _SCALED, _scaled, required=("heads",), with_weights=True),
    own_layer(
        "SharedDense",
        {"units": a.UNITS, **_SCALED},
        _shared,
        required=("units", "heads"),
        with_weights=True,
    ),
    own_layer("HeadDense", {"units": a.UNITS}, _of_each, required=("units",), with_weights=True),
)
