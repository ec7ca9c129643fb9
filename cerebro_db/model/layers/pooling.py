"""Maxima and means over windows, and over all places."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import LAYOUT, Arity, Layer, keras_layer
from cerebro_db.model.layers._ids import same_ids
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Shape, of_rank, sizes_of, slid

_SIZES = {1: (a.SIZES_1D, a.OPTIONAL_SIZES_1D), 2: (a.SIZES_2D, a.OPTIONAL_SIZES_2D)}


def _pooling(kind: str, dimensions: int) -> Layer:
    sizes, strides = _SIZES[dimensions]
    arguments = {"pool_size": sizes, "strides": strides, "padding": a.PADDING, **LAYOUT}
    ids = same_ids if kind == "Max" else None
    name = f"{kind}Pooling{dimensions}D"
    return keras_layer(name, arguments, _needs(dimensions), gives_ids=ids)


def _needs(dimensions: int) -> Callable[[dict[str, Any], Shape], Needs]:
    def needs(arguments: dict[str, Any], shape: Shape) -> Needs:
        *places, channels = of_rank(shape, dimensions + 1)
        sizes = sizes_of(arguments.get("pool_size", 2), dimensions)
        strides = arguments.get("strides")
        strides = sizes if strides is None else strides
        out = (*slid(places, sizes, {**arguments, "strides": strides}), channels)
        return Needs(
            out, kept=prod(out), operations=prod(out) * prod(sizes), slowness=speeds.POOLING
        )

    return needs


def _global(kind: str, dimensions: int) -> Layer:
    ids = same_ids if kind == "Max" else None
    name = f"Global{kind}Pooling{dimensions}D"
    arguments = {"keepdims": a.FLAG, **LAYOUT}
    arity: Arity = "masked" if name == "GlobalAveragePooling1D" else "one"
    return keras_layer(name, arguments, _global_needs(dimensions), arity=arity, gives_ids=ids)


def _global_needs(dimensions: int) -> Callable[[dict[str, Any], Shape], Needs]:
    def needs(arguments: dict[str, Any], shape: Shape) -> Needs:
        channels = of_rank(shape, dimensions + 1)[-1]
        out = (1,) * dimensions + (channels,) if arguments.get("keepdims") else (channels,)
        return Needs(out, kept=channels, operations=prod(shape), slowness=speeds.ELEMENTWISE)

    return needs


LAYERS = (
    _pooling("Max", 1),
    _pooling("Max", 2),
    _pooling("Average", 1),
    _pooling("Average", 2),
    _global("Average", 1),
    _global("Average", 2),
    _global("Max", 1),
    _global("Max", 2),
)
