"""Embeddings: a vector for each id, or for each code of several columns."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import keras_layer, own_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape, of_rank
from cerebro_db.model.values import choice, integer, number, optional
from cerebro_db.words import counted

MAX_IDS = 1_048_576
"""How many vectors an Embedding has at most."""


def _needs(arguments: dict[str, Any], shape: Shape) -> Needs:
    size, dim = arguments["input_dim"], arguments["output_dim"]
    return Needs(
        (*shape, dim),
        trained=((size, dim),),
        embeds=True,
        kept=prod(shape) * dim,
        initial=speeds.initial_operations(arguments, "embeddings", (size, dim)),
    )


def tables(columns: int, dim: int | Sequence[int]) -> list[tuple[int, list[int]]]:
    """Return the width of each table of ``ColumnEmbeddings``, narrow ones first, and the positions
    of the columns whose vectors it has: their vectors come out in this order."""
    widths = [dim] * columns if isinstance(dim, int) else dim
    return [(w, [i for i, own in enumerate(widths) if own == w]) for w in sorted(set(widths))]


def _columns(arguments: dict[str, Any], shape: Shape) -> Needs:
    sizes, dim, merge = arguments["sizes"], arguments["dim"], arguments.get("merge")
    (columns,) = of_rank(shape, 1)
    if columns != len(sizes):
        raise Misfit(f"it takes the codes of {counted(len(sizes), 'column')}, not of {columns}")
    if isinstance(dim, list) and (len(dim) != columns or merge == "sum"):
        raise Misfit("it takes a width for each column only to bring their vectors side by side")
    apart = tables(columns, dim)
    trained = tuple((sum(sizes[i] for i in own), width) for width, own in apart)
    vectors = sum(width * len(own) for width, own in apart)
    return Needs(
        (dim,) if merge == "sum" else (vectors,),
        trained=trained,
        embeds=True,
        kept=2 * vectors,
        operations=vectors,
        slowness=speeds.ELEMENTWISE,
    )


LAYERS = (
    own_layer(
        "ColumnEmbeddings",
        {
            "sizes": a.items(integer(1, MAX_IDS), 1, 65_536),
            "dim": a.either(a.items(a.FILTERS, 1, 65_536), a.FILTERS),
            "merge": choice("concat", "sum"),
            "deviation": optional(number(0, above=True)),
        },
        _columns,
        required=("sizes", "dim"),
        with_weights=True,
    ),
    keras_layer(
        "Embedding",
        {
            "input_dim": integer(1, MAX_IDS),
            "output_dim": a.FILTERS,
            "mask_zero": a.FLAG,
            "quantization_config": a.ABSENT,
            "activity_regularizer": a.REGULARIZER,
            **a.weights("embeddings"),
        },
        _needs,
        with_weights=True,
    ),
)
