"""Layers that give the numbers that they take another form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import LAYOUT, Ids, keras_layer
from cerebro_db.model.layers._ids import same_ids
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape, both, of_rank, sizes_of
from cerebro_db.model.values import choice, integer
from cerebro_db.words import counted

_PAD = integer(0, 256)
_PAIR = a.either(a.items(_PAD, 2, 2), _PAD)


def _flatten(arguments: dict[str, Any], shape: Shape) -> Needs:
    return Needs((prod(shape),))


def _reshape(arguments: dict[str, Any], shape: Shape) -> Needs:
    target = arguments["target_shape"]
    known = prod(size for size in target if size != -1)
    if target.count(-1) > 1 or known < 1 or prod(shape) % known:
        raise _no_shape(shape, target)
    out = tuple(prod(shape) // known if size == -1 else size for size in target)
    if prod(out) != prod(shape):
        raise _no_shape(shape, target)
    return Needs(out)


def _no_shape(shape: Shape, target: list[int]) -> Misfit:
    return Misfit(
        f"{counted(prod(shape), 'number does', 'numbers do')} not make the shape {target}"
    )


def _permute(arguments: dict[str, Any], shape: Shape) -> Needs:
    dims = arguments["dims"]
    if sorted(dims) != list(range(1, len(shape) + 1)):
        raise Misfit(f"dims of {dims} do not order {counted(len(shape), 'axis', 'axes')}")
    return Needs(tuple(shape[dim - 1] for dim in dims), kept=prod(shape))


def _repeat(arguments: dict[str, Any], shape: Shape) -> Needs:
    out = (arguments["n"], *of_rank(shape, 1))
    return Needs(out, kept=prod(out))


def _zero_padding(arguments: dict[str, Any], shape: Shape) -> Needs:
    height, width, channels = of_rank(shape, 3)
    padding = arguments.get("padding", 1)
    vertical, horizontal = padding if isinstance(padding, list) else (padding, padding)
    out = (height + both(vertical), width + both(horizontal), channels)
    return Needs(out, kept=prod(out))


def _cropping(dimensions: int) -> Callable[[dict[str, Any], Shape], Needs]:
    def needs(arguments: dict[str, Any], shape: Shape) -> Needs:
        *places, channels = of_rank(shape, dimensions + 1)
        cropping = arguments.get("cropping", 1 if dimensions == 1 else 0)
        sides = [cropping] if dimensions == 1 else sizes_of(cropping, dimensions)
        left = [place - both(side) for place, side in zip(places, sides, strict=True)]
        if min(left) < 1:
            raise Misfit(f"nothing is left of {places} behind a cropping of {cropping}")
        return Needs((*left, channels), kept=prod(left) * channels)

    return needs


def _up_sampling(arguments: dict[str, Any], shape: Shape) -> Needs:
    height, width, channels = of_rank(shape, 3)
    vertical, horizontal = sizes_of(arguments.get("size", 2), 2)
    out = (height * vertical, width * horizontal, channels)
    return Needs(out, kept=prod(out), operations=prod(out), slowness=speeds.ELEMENTWISE)


def _padded(arguments: Mapping[str, Any], taken: Sequence[Ids]) -> Ids:
    return same_ids(arguments, [*taken, Ids(0, 0)])


def _up_sampled(arguments: Mapping[str, Any], taken: Sequence[Ids]) -> Ids | None:
    return taken[0] if arguments.get("interpolation", "nearest") == "nearest" else None


LAYERS = (
    keras_layer("Flatten", LAYOUT, _flatten, gives_ids=same_ids),
    keras_layer("Reshape", {"target_shape": a.SHAPE}, _reshape, gives_ids=same_ids),
    keras_layer("Permute", {"dims": a.AXES}, _permute, gives_ids=same_ids),
    keras_layer("RepeatVector", {"n": integer(1, 4_096)}, _repeat, gives_ids=same_ids),
    keras_layer(
        "ZeroPadding2D",
        {"padding": a.either(a.items(_PAIR, 2, 2), _PAD), **LAYOUT},
        _zero_padding,
        gives_ids=_padded,
    ),
    keras_layer("Cropping1D", {"cropping": _PAIR}, _cropping(1), gives_ids=same_ids),
    keras_layer(
        "Cropping2D",
        {"cropping": a.either(a.items(_PAIR, 2, 2), _PAD), **LAYOUT},
        _cropping(2),
        gives_ids=same_ids,
    ),
    keras_layer(
        "UpSampling2D",
        {"size": a.SIZES_2D, "interpolation": choice("nearest", "bilinear"), **LAYOUT},
        _up_sampling,
        gives_ids=_up_sampled,
    ),
)
