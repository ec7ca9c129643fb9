"""BatchNormalization over the rows of a mini-batch, LayerNormalization over axes of one row."""

from __future__ import annotations

from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import keras_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Shape, place_of
from cerebro_db.model.values import Check, integer, number

_ALIKE: dict[str, Check] = {
    "epsilon": number(0, above=True),
    "center": a.FLAG,
    "scale": a.FLAG,
    **a.weights("beta", "gamma"),
}


def _batch(arguments: dict[str, Any], shape: Shape) -> Needs:
    own = [arguments.get(name, True) for name in ("center", "scale")]
    return Needs(
        shape,
        trained=sum(own) * shape[-1],
        weights=((shape[-1],),) * (sum(own) + 2),
        fixed=2 * shape[-1],
        kept=2 * prod(shape),
        operations=8 * prod(shape),
        slowness=speeds.ELEMENTWISE,
        graph=speeds.NORMALIZATION_GRAPH,
    )


def _layer(arguments: dict[str, Any], shape: Shape) -> Needs:
    axis = arguments.get("axis", -1)
    axes = {place_of(one, len(shape)) for one in (axis if isinstance(axis, list) else [axis])}
    sizes = tuple(shape[place] for place in sorted(axes))
    rms = arguments.get("rms_scaling", False)
    own = [arguments.get("scale", True) or rms, arguments.get("center", True) and not rms]
    return Needs(
        shape,
        trained=sum(own) * prod(sizes),
        weights=(sizes,) * sum(own),
        kept=2 * prod(shape),
        operations=8 * prod(shape),
        slowness=speeds.ELEMENTWISE,
        graph=speeds.NORMALIZATION_GRAPH,
    )


LAYERS = (
    keras_layer(
        "BatchNormalization",
        {
            "axis": integer(-1, -1),
            "momentum": a.RATE,
            "synchronized": a.OFF,
            "renorm": a.OFF,
            "renorm_clipping": a.ABSENT,
            "renorm_momentum": a.RATE,
            "moving_mean_initializer": a.INITIALIZER,
            "moving_variance_initializer": a.INITIALIZER,
            **_ALIKE,
        },
        _batch,
        with_weights=True,
    ),
    keras_layer(
        "LayerNormalization",
        {"axis": a.either(a.AXES, a.AXIS), "rms_scaling": a.FLAG, **_ALIKE},
        _layer,
        with_weights=True,
    ),
)
