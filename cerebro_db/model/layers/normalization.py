"""BatchNormalization over the rows of a mini-batch, LayerNormalization over axes of one row,
GroupNormalization over groups of its channels, and Normalization by moments that are stated."""

from __future__ import annotations

from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import keras_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape, divided, place_of
from cerebro_db.model.values import Check, integer, number, optional
from cerebro_db.words import counted

_ALIKE: dict[str, Check] = {
    "epsilon": number(0, above=True),
    "center": a.FLAG,
    "scale": a.FLAG,
    **a.weights("beta", "gamma"),
}


def _batch(arguments: dict[str, Any], shape: Shape) -> Needs:
    own = [arguments.get(name, True) for name in ("center", "scale")]
    axis = arguments.get("axis", -1)
    if place_of(axis, len(shape)) != len(shape) - 1:
        raise Misfit(f"axis {axis} is not the last one: {counted(len(shape), 'axis', 'axes')}")
    return _normalised(shape, (shape[-1],), sum(own), moments=2)


def _layer(arguments: dict[str, Any], shape: Shape) -> Needs:
    axis = arguments.get("axis", -1)
    axes = {place_of(one, len(shape)) for one in (axis if isinstance(axis, list) else [axis])}
    sizes = tuple(shape[place] for place in sorted(axes))
    rms = arguments.get("rms_scaling", False)
    own = [arguments.get("scale", True) or rms, arguments.get("center", True) and not rms]
    return _normalised(shape, sizes, sum(own))


def _group(arguments: dict[str, Any], shape: Shape) -> Needs:
    channels = shape[place_of(arguments.get("axis", -1), len(shape))]
    groups = arguments.get("groups", 32)
    divided(channels, channels if groups == -1 else groups)
    own = [arguments.get(name, True) for name in ("center", "scale")]
    return _normalised(shape, (channels,), sum(own))


def _normalised(shape: Shape, sizes: Shape, trained: int, moments: int = 0) -> Needs:
    """Return the needs of a layer that has so many trained weights, and moving moments, of these
    sizes."""
    return Needs(
        shape,
        trained=(sizes,) * trained,
        fixed=(sizes,) * moments,
        kept=2 * prod(shape),
        operations=8 * prod(shape),
        slowness=speeds.ELEMENTWISE,
        graph=speeds.NORMALIZATION_GRAPH,
    )


def _stated(arguments: dict[str, Any], shape: Shape) -> Needs:
    axis = arguments.get("axis", -1)
    axes = [] if axis is None else axis if isinstance(axis, list) else [axis]
    sizes = [shape[place] for place in sorted({place_of(one, len(shape)) for one in axes})]
    for name in ("mean", "variance"):
        stated = arguments[name]
        if isinstance(stated, list) and (not sizes or len(stated) not in (1, sizes[-1])):
            raise Misfit(f"it has {counted(len(stated), 'number')} in {name}")
        if isinstance(stated, list) != isinstance(arguments["mean"], list):
            raise Misfit("its mean and its variance have different shapes")
    return Needs(shape, kept=prod(shape), operations=2 * prod(shape), slowness=speeds.ELEMENTWISE)


_MOMENTS = 65_536

LAYERS = (
    keras_layer(
        "BatchNormalization",
        {
            "axis": a.AXIS,
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
        arity="masked",
        with_weights=True,
    ),
    keras_layer(
        "LayerNormalization",
        {"axis": a.either(a.AXES, a.AXIS), "rms_scaling": a.FLAG, **_ALIKE},
        _layer,
        with_weights=True,
    ),
    keras_layer(
        "GroupNormalization",
        {"groups": integer(-1, 4_096), "axis": a.AXIS, **_ALIKE},
        _group,
        with_weights=True,
    ),
    keras_layer(
        "Normalization",
        {
            "axis": optional(a.either(a.items(a.AXIS, 0, 8), a.AXIS)),
            "mean": a.either(a.items(a.ANY_NUMBER, 1, _MOMENTS), a.ANY_NUMBER),
            "variance": a.either(a.items(a.NOT_NEGATIVE, 1, _MOMENTS), a.NOT_NEGATIVE),
            "invert": a.FLAG,
        },
        _stated,
    ),
)
