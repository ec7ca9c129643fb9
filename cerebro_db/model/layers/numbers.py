"""RobustClip, which brings numbers into one range, and CosineNumbers, which embeds them."""

from __future__ import annotations

from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import own_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape, of_rank
from cerebro_db.model.values import integer, number
from cerebro_db.words import counted

_MOST_COLUMNS = 65_536
_NUMBERS = a.items(a.ANY_NUMBER, 1, _MOST_COLUMNS)


def _robust_clip(arguments: dict[str, Any], shape: Shape) -> Needs:
    (columns,) = of_rank(shape, 1)
    for name in ("centers", "factors"):
        if len(arguments[name]) != columns:
            raise Misfit(
                f"it has {counted(len(arguments[name]), 'number')} in {name} for"
                f" {counted(columns, 'column')}"
            )
    return Needs(shape, kept=columns, operations=6 * columns, slowness=speeds.ELEMENTWISE)


def _cosine_numbers(arguments: dict[str, Any], shape: Shape) -> Needs:
    (width,) = of_rank(shape, 1)
    columns, frequencies = len(arguments["columns"]), arguments["frequencies"]
    if max(arguments["columns"]) >= width:
        raise Misfit(f"it takes column {max(arguments['columns'])} of {counted(width, 'column')}")
    made = arguments["width"] - 1
    trained = (
        (columns, frequencies),
        (columns, frequencies),
        (columns, frequencies, made),
        (columns, made),
    )
    return Needs(
        (columns * made + width,),
        trained=trained,
        kept=columns * (2 * frequencies + 2 * made) + width,
        operations=2 * columns * frequencies * (made + 1),
        slowness=speeds.ELEMENTWISE,
        graph=2,
    )


LAYERS = (
    own_layer(
        "RobustClip",
        {"centers": _NUMBERS, "factors": _NUMBERS},
        _robust_clip,
        required=("centers", "factors"),
    ),
    own_layer(
        "CosineNumbers",
        {
            "columns": a.items(integer(0, _MOST_COLUMNS - 1), 1, _MOST_COLUMNS),
            "frequencies": integer(1, 1_024),
            "width": integer(2, 1_024),
            "deviation": number(0, above=True),
        },
        _cosine_numbers,
        with_weights=True,
        required=("columns", "frequencies", "width", "deviation"),
    ),
)
