"""Convolutions the other way: each place spreads over a window of a larger sequence or image."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import BIASED, LAYOUT, Layer, keras_layer
from cerebro_db.model.layers.needs import Needs, weighted
from cerebro_db.model.layers.shapes import Shape, of_rank, sizes_of
from cerebro_db.model.values import Check


def spread(place: int, size: int, stride: int, padding: str) -> int:
    """Return how many places a window of this size makes of so many, as TensorFlow counts them."""
    return place * stride + (max(size - stride, 0) if padding == "valid" else 0)


def _needs(dimensions: int) -> Callable[[dict[str, Any], Shape], Needs]:
    def needs(arguments: dict[str, Any], shape: Shape) -> Needs:
        *places, channels = of_rank(shape, dimensions + 1)
        sizes = sizes_of(arguments["kernel_size"], dimensions)
        strides = sizes_of(arguments.get("strides", 1), dimensions)
        padding, filters = arguments.get("padding", "valid"), arguments["filters"]
        out = [
            spread(place, size, stride, padding)
            for place, size, stride in zip(places, sizes, strides, strict=True)
        ]
        return weighted(
            arguments,
            (*out, filters),
            kernel=(*sizes, filters, channels),
            biases=filters,
            times=prod(places),
            slowness=speeds.NO_FAST_CONVOLUTION if max(sizes) >= speeds.LARGE_WINDOW else 1,
        )

    return needs


def _layer(dimensions: int, sizes: Check) -> Layer:
    arguments = {
        "filters": a.FILTERS,
        "kernel_size": sizes,
        "strides": sizes,
        "padding": a.PADDING,
        "output_padding": a.ABSENT,
        "dilation_rate": a.ones(dimensions),
        **LAYOUT,
        **BIASED,
        **a.weights("kernel"),
    }
    name = f"Conv{dimensions}DTranspose"
    return keras_layer(name, arguments, _needs(dimensions), with_weights=True)


LAYERS = (_layer(1, a.SIZES_1D), _layer(2, a.SIZES_2D))
