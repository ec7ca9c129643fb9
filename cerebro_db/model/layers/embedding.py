"""Embeddings: a vector for each id, or for each code of several columns."""

from __future__ import annotations

from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import keras_layer, own_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape, of_rank
from cerebro_db.model.values import choice, integer, number, optional
from cerebro_db.words import counted


def _needs(arguments: dict[str, Any], shape: Shape) -> Needs:
    size, dim = arguments["input_dim"], arguments["output_dim"]
    return Needs(
        (*shape, dim),
        trained=size * dim,
        weights=((size, dim),),
        kept=prod(shape) * dim,
        initial=speeds.initial_operations(arguments, "embeddings", (size, dim)),
    )


def _columns(arguments: dict[str, Any], shape: Shape) -> Needs:
    sizes, dim = arguments["sizes"], arguments["dim"]
    (columns,) = of_rank(shape, 1)
    if columns != len(sizes):
        raise Misfit(f"it takes the codes of {counted(len(sizes), 'column')}, not of {columns}")
    table, vectors = (sum(sizes), dim), columns * dim
    return Needs(
        (dim,) if arguments.get("merge") == "sum" else (vectors,),
        trained=prod(table),
        weights=(table,),
        kept=2 * vectors,
        operations=vectors,
        slowness=speeds.ELEMENTWISE,
    )


LAYERS = (
    own_layer(
        "ColumnEmbeddings",
        {
            "sizes": a.items(integer(1, 1_048_576), 1, 65_536),
            "dim": a.FILTERS,
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
            "input_dim": integer(1, 1_048_576),
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
