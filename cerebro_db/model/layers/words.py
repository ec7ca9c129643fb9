"""Which ids of a text are words, and the mean or max of these words' vectors."""

from __future__ import annotations

from math import prod
from typing import Any

from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import own_layer
from cerebro_db.model.layers.elementwise import elementwise
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape, of_rank
from cerebro_db.words import counted


def _masked(arguments: dict[str, Any], shape: Shape, mask: Shape) -> Needs:
    length, numbers = of_rank(shape, 2)
    if mask != (length,):
        raise Misfit(f"a mask of {list(mask)} does not go with {counted(length, 'place')}")
    return Needs(
        (numbers,),
        kept=2 * prod(shape),
        operations=3 * prod(shape),
        slowness=speeds.ELEMENTWISE,
        graph=3,
    )


LAYERS = (
    own_layer("WordMask", {}, elementwise, tells_places=True),
    own_layer("MaskedMean", {}, _masked, arity="many"),
    own_layer("MaskedMax", {}, _masked, arity="many"),
)
