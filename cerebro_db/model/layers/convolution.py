"""Convolutions over sequences and images, channels last."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import BIASED, LAYOUT, Layer, keras_layer
from cerebro_db.model.layers.needs import Needs, after, weighted
from cerebro_db.model.layers.shapes import Shape, divided, of_rank, sizes_of, slid
from cerebro_db.model.values import Check, integer


def _layer(
    name: str, sizes: Check, needs: Callable[..., Needs], padding: Check = a.PADDING, **own: Check
) -> Layer:
    arguments = {
        "kernel_size": sizes,
        "strides": sizes,
        "dilation_rate": sizes,
        "padding": padding,
        **LAYOUT,
        **BIASED,
        **own,
    }
    return keras_layer(name, arguments, needs, with_weights=True)


def _convolution(dimensions: int) -> Callable[[dict[str, Any], Shape], Needs]:
    def needs(arguments: dict[str, Any], shape: Shape) -> Needs:
        *places, channels = of_rank(shape, dimensions + 1)
        sizes = sizes_of(arguments["kernel_size"], dimensions)
        filters = arguments["filters"]
        out = slid(places, sizes, arguments)
        groups = arguments.get("groups", 1)
        slow = groups > 1 or max(sizes) >= speeds.LARGE_WINDOW
        return weighted(
            arguments,
            (*out, filters),
            kernel=(*sizes, divided(channels, groups), filters),
            biases=filters,
            times=prod(out),
            slowness=speeds.NO_FAST_CONVOLUTION if slow else 1,
        )

    return needs


def _depthwise(arguments: dict[str, Any], shape: Shape) -> Needs:
    *places, channels = of_rank(shape, 3)
    sizes = sizes_of(arguments["kernel_size"], 2)
    multiplier = arguments.get("depth_multiplier", 1)
    out, made = slid(places, sizes, arguments), channels * multiplier
    return weighted(
        arguments,
        (*out, made),
        kernel=(*sizes, channels, multiplier),
        biases=made,
        times=prod(out),
        name="depthwise",
        slowness=speeds.DEPTHWISE,
    )


def _separable(arguments: dict[str, Any], shape: Shape) -> Needs:
    between = _depthwise({**arguments, "use_bias": False, "activation": None}, shape)
    *lead, width = between.shape
    filters = arguments["filters"]
    pointwise = weighted(
        arguments,
        (*lead, filters),
        kernel=(1, 1, width, filters),
        biases=filters,
        times=prod(lead),
        name="pointwise",
    )
    return after(between, pointwise)


_FILTERS: dict[str, Check] = {"filters": a.FILTERS}
_GROUPED: dict[str, Check] = {**_FILTERS, "groups": a.FILTERS, **a.weights("kernel")}
_DEPTHS: dict[str, Check] = {"depth_multiplier": integer(1, 64)}

LAYERS = (
    _layer("Conv1D", a.SIZES_1D, _convolution(1), a.CAUSAL_PADDING, **_GROUPED),
    _layer("Conv2D", a.SIZES_2D, _convolution(2), **_GROUPED),
    _layer(
        "SeparableConv2D", a.SIZES_2D, _separable,
        **_FILTERS, **_DEPTHS, **a.weights("depthwise", "pointwise"),
    ),
    _layer("DepthwiseConv2D", a.SIZES_2D, _depthwise, **_DEPTHS, **a.weights("depthwise")),
)  # fmt: skip
