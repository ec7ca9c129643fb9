"""Embeddings of columns of numbers: a vector for each number."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import own_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape, of_rank
from cerebro_db.model.values import integer, list_of, number, refused
from cerebro_db.words import counted

# A graph may state so many columns, and so many edges of one.
_COLUMNS, _EDGES = 65_536, 4_096


def _increasing(value: Any, where: str) -> list[float]:
    """Accept the edges of a column's bins."""
    edges: list[float] = list_of(number(), 2, _EDGES)(value, where)
    if any(low >= high for low, high in pairwise(edges)):
        raise refused(where, "a list of numbers, each above the one before", value)
    return edges


def _take_columns(arguments: dict[str, Any], shape: Shape) -> Needs:
    columns, *each = shape
    taken = arguments["columns"]
    if max(taken) >= columns:
        raise Misfit(f"there is no column {max(taken)} among {columns}")
    out = (len(taken), *each)
    return Needs(out, kept=prod(out))


def _encoding(arguments: dict[str, Any], shape: Shape) -> Needs:
    edges = arguments["edges"]
    _check_columns(len(edges), shape)
    bins = sum(len(column) - 1 for column in edges)
    return Needs((bins,), kept=bins, operations=4 * bins, slowness=speeds.ELEMENTWISE)


def _linear(arguments: dict[str, Any], shape: Shape) -> Needs:
    size = (*of_rank(shape, 1), arguments["dim"])
    return Needs(
        size,
        trained=(size, size),
        kept=prod(size),
        operations=2 * prod(size),
        slowness=speeds.ELEMENTWISE,
    )


def _piecewise(arguments: dict[str, Any], shape: Shape) -> Needs:
    edges, dim = arguments["edges"], arguments["dim"]
    _check_columns(len(edges), shape)
    bins = max(len(column) for column in edges) - 1
    size, steps = (len(edges), dim), (len(edges), bins, dim)
    return Needs(
        size,
        trained=(size, size, steps),
        kept=2 * len(edges) * bins + 4 * prod(size),
        operations=2 * prod(steps) + speeds.ELEMENTWISE * 4 * (len(edges) * bins + prod(size)),
        graph=2,
    )


def _periodic(arguments: dict[str, Any], shape: Shape) -> Needs:
    (columns,) = of_rank(shape, 1)
    frequencies, dim = arguments["frequencies"], arguments["dim"]
    waves, kernel = (columns, frequencies), (columns, 2 * frequencies, dim)
    size = (columns, dim)
    return Needs(
        size,
        trained=(waves, kernel, size),
        kept=5 * prod(waves) + 3 * prod(size),
        operations=2 * prod(kernel) + speeds.WAVE * prod(waves) + speeds.ELEMENTWISE * prod(size),
        graph=2,
    )


def _check_columns(columns: int, shape: Shape) -> None:
    if shape != (columns,):
        found = counted(columns, "column")
        raise Misfit(f"it has the edges of {found}, and is given the shape {list(shape)}")


_EDGES_OF_COLUMNS = {"edges": list_of(_increasing, 1, _COLUMNS)}
_DIM = {"dim": a.FILTERS}

LAYERS = (
    own_layer(
        "TakeColumns",
        {"columns": list_of(integer(0, _COLUMNS - 1), 1, _COLUMNS)},
        _take_columns,
        required=("columns",),
    ),
    own_layer("PiecewiseEncoding", _EDGES_OF_COLUMNS, _encoding, required=("edges",)),
    own_layer("LinearNumbers", _DIM, _linear, required=("dim",), with_weights=True),
    own_layer(
        "PiecewiseNumbers",
        {**_EDGES_OF_COLUMNS, **_DIM},
        _piecewise,
        required=("edges", "dim"),
        with_weights=True,
    ),
    own_layer(
        "PeriodicNumbers",
        {"frequencies": integer(1, 4_096), "scale": number(0, above=True), **_DIM},
        _periodic,
        required=("frequencies", "scale", "dim"),
        with_weights=True,
    ),
)
