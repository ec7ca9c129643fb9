"""Images turned, moved and enlarged by chance, which there is in training alone."""

from __future__ import annotations

from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import LAYOUT, keras_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Shape, of_rank
from cerebro_db.model.values import Check, choice, optional


def _needs(arguments: dict[str, Any], shape: Shape) -> Needs:
    numbers = prod(of_rank(shape, 3))
    return Needs(
        shape,
        kept=2 * numbers,
        operations=8 * numbers,
        slowness=speeds.NOISE,
        graph=speeds.NORMALIZATION_GRAPH,
    )


_SHARE = a.within(-1.0, 1.0)
_SHARES = a.either(a.items(_SHARE, 2, 2), _SHARE)
_SEEDED: dict[str, Check] = {"seed": a.SEED, **LAYOUT}
_FILLED: dict[str, Check] = {
    "fill_mode": choice("reflect", "wrap", "constant", "nearest"),
    "fill_value": a.ANY_NUMBER,
    "interpolation": choice("nearest", "bilinear"),
    **_SEEDED,
}

LAYERS = (
    keras_layer(
        "RandomFlip",
        {"mode": choice("horizontal", "vertical", "horizontal_and_vertical"), **_SEEDED},
        _needs,
    ),
    keras_layer("RandomRotation", {"factor": _SHARES, **_FILLED}, _needs),
    keras_layer(
        "RandomTranslation", {"height_factor": _SHARES, "width_factor": _SHARES, **_FILLED}, _needs
    ),
    keras_layer(
        "RandomZoom",
        {"height_factor": _SHARES, "width_factor": optional(_SHARES), **_FILLED},
        _needs,
    ),
)
