"""MultiHeadAttention: what each place takes of all others, as far as they suit."""

from __future__ import annotations

from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import keras_layer
from cerebro_db.model.layers.dense import dense
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Shape
from cerebro_db.model.values import integer, optional


def _needs(arguments: dict[str, Any], query: Shape, value: Shape, key: Shape = ()) -> Needs:
    key = key or value
    heads, dim = arguments["num_heads"], arguments["key_dim"]
    values = heads * (arguments.get("value_dim") or dim)
    bias = arguments.get("use_bias", True)
    projected = [(query, heads * dim), (key, heads * dim), (value, values)]
    if arguments.get("use_gate"):
        projected.append((query, values))
    projected.append(((*query[:-1], values), query[-1]))
    each = [(shape[-1], heads, units // heads) for shape, units in projected[:-1]]
    trained: list[Shape] = [*each, (heads, values // heads, query[-1])]
    if bias:
        trained += [*(shape[1:] for shape in each), query[-1:]]
    parts = [dense({"units": units, "use_bias": bias}, shape) for shape, units in projected]
    # Every place of the query with every place of the value, or only along the axes that are given.
    axes = arguments.get("attention_axes") or range(1, len(query))
    places = [axis - 1 if axis > 0 else axis for axis in axes]
    scores = heads * prod(query[:-1]) * prod(value[place] for place in places)
    return Needs(
        query,
        initial=max(
            speeds.initial_operations(arguments, "kernel", (place[-1], units))
            for place, units in projected
        ),
        graph=speeds.ATTENTION_GRAPH,
        trained=tuple(trained),
        kept=sum(part.kept for part in parts) + prod(query[:-1]) * values + 3 * scores,
        operations=sum(part.operations for part in parts)
        + 2 * scores * (dim + values // heads + 2),
    )


LAYERS = (
    keras_layer(
        "MultiHeadAttention",
        {
            "num_heads": integer(1, 256),
            "key_dim": a.FILTERS,
            "value_dim": optional(a.FILTERS),
            "dropout": a.RATE,
            "use_bias": a.FLAG,
            "use_gate": a.FLAG,
            "output_shape": a.ABSENT,
            "attention_axes": optional(a.AXES),
            "sliding_window": a.ABSENT,
            "seed": a.SEED,
            "activity_regularizer": a.REGULARIZER,
            **a.weights("kernel", "bias"),
        },
        _needs,
        arity="attention",
        with_weights=True,
    ),
)
