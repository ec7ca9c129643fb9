"""The admitted layers with their exact arguments, and how a functional model calls them.

What is not in this table is refused. An argument whose only admitted value is null or false would
let a layer keep state between batches, return more than one tensor or leave float32.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from cerebro_db.model.admission import arguments as a
from cerebro_db.model.admission.arguments import Class, admitted_object
from cerebro_db.model.values import Check, choice, integer, number, optional, refused


def layer_name(value: Any, where: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}", value):
        raise refused(where, "a name of letters, digits and _ . -", value)
    return value


def float32(value: Any, where: str) -> str:
    if isinstance(value, dict):
        policy = Class("keras", {"name": choice("float32")})
        admitted_object(value, where, {"DTypePolicy": policy}, "dtype")
    elif value != "float32":
        raise refused(where, '"float32"', value)
    return "float32"


# What every layer takes.
SHARED: dict[str, Check] = {"name": layer_name, "trainable": a.FLAG, "dtype": float32}


def _layer(**own: Check) -> Class:
    return Class("keras.layers", {**SHARED, **own})


def _weights(*names: str) -> dict[str, Check]:
    """Return initializer, regularizer and constraint arguments for weights of these names."""
    kinds = {"initializer": a.INITIALIZER, "regularizer": a.REGULARIZER, "constraint": a.CONSTRAINT}
    return {f"{name}_{kind}": check for name in names for kind, check in kinds.items()}


_BIASED: dict[str, Check] = {
    "activation": a.ACTIVATION,
    "use_bias": a.FLAG,
    "activity_regularizer": a.REGULARIZER,
    **_weights("bias"),
}
_LAYOUT: dict[str, Check] = {"data_format": a.CHANNELS_LAST}


def _convolution(sizes: Check, padding: Check = a.PADDING, **own: Check) -> Class:
    return _layer(
        kernel_size=sizes, strides=sizes, dilation_rate=sizes, padding=padding,
        **_LAYOUT, **_BIASED, **own,
    )  # fmt: skip


def _pooling(sizes: Check, strides: Check) -> Class:
    return _layer(pool_size=sizes, strides=strides, padding=a.PADDING, **_LAYOUT)


def _recurrent(**own: Check) -> Class:
    return _layer(
        units=a.FILTERS, dropout=a.RATE, recurrent_dropout=a.RATE, seed=a.SEED,
        return_sequences=a.FLAG, return_state=a.OFF, go_backwards=a.FLAG, stateful=a.OFF,
        unroll=a.OFF, zero_output_for_mask=a.FLAG,
        **_BIASED, **_weights("kernel", "recurrent"), **own,
    )  # fmt: skip


_RECURRENT = {
    "LSTM": _recurrent(recurrent_activation=a.ACTIVATION, unit_forget_bias=a.FLAG),
    "GRU": _recurrent(recurrent_activation=a.ACTIVATION, reset_after=a.FLAG),
    "SimpleRNN": _recurrent(),
}


def _recurrent_layer(value: Any, where: str) -> dict[str, Any]:
    return admitted_object(value, where, _RECURRENT, "layer in Bidirectional")


_GLOBAL_POOLING = _layer(keepdims=a.FLAG, **_LAYOUT)
_NOISE = {"seed": a.SEED}
_MERGING = ("Add", "Subtract", "Multiply", "Average", "Maximum")
_PAD = integer(0, 256)
_PAIR = a.either(a.items(_PAD, 2, 2), _PAD)

LAYERS: dict[str, Class] = {
    "InputLayer": Class(
        "keras.layers",
        {
            "name": layer_name,
            "batch_shape": a.BATCH_SHAPE,
            "dtype": choice("float32", "int32"),
            "sparse": a.OFF,
            "ragged": a.OFF,
            "optional": a.OFF,
        },
    ),
    "Dense": _layer(
        units=a.UNITS, quantization_config=a.ABSENT, **_BIASED, **_weights("kernel")
    ),
    "Embedding": _layer(
        input_dim=integer(1, 1_048_576),
        output_dim=a.FILTERS,
        mask_zero=a.FLAG,
        quantization_config=a.ABSENT,
        activity_regularizer=a.REGULARIZER,
        **_weights("embeddings"),
    ),
    "Conv1D": _convolution(
        a.SIZES_1D, a.CAUSAL_PADDING, filters=a.FILTERS, groups=a.FILTERS, **_weights("kernel")
    ),
    "Conv2D": _convolution(
        a.SIZES_2D, filters=a.FILTERS, groups=a.FILTERS, **_weights("kernel")
    ),
    "SeparableConv2D": _convolution(
        a.SIZES_2D,
        filters=a.FILTERS,
        depth_multiplier=integer(1, 64),
        **_weights("depthwise", "pointwise"),
    ),
    "DepthwiseConv2D": _convolution(
        a.SIZES_2D, depth_multiplier=integer(1, 64), **_weights("depthwise")
    ),
    "MaxPooling1D": _pooling(a.SIZES_1D, a.OPTIONAL_SIZES_1D),
    "MaxPooling2D": _pooling(a.SIZES_2D, a.OPTIONAL_SIZES_2D),
    "AveragePooling1D": _pooling(a.SIZES_1D, a.OPTIONAL_SIZES_1D),
    "AveragePooling2D": _pooling(a.SIZES_2D, a.OPTIONAL_SIZES_2D),
    "GlobalAveragePooling1D": _GLOBAL_POOLING,
    "GlobalAveragePooling2D": _GLOBAL_POOLING,
    "GlobalMaxPooling1D": _GLOBAL_POOLING,
    "GlobalMaxPooling2D": _GLOBAL_POOLING,
    **_RECURRENT,
    "Bidirectional": _layer(
        layer=_recurrent_layer,
        backward_layer=optional(_recurrent_layer),
        merge_mode=choice("concat", "sum", "mul", "ave"),
    ),
    "MultiHeadAttention": _layer(
        num_heads=integer(1, 256),
        key_dim=a.FILTERS,
        value_dim=optional(a.FILTERS),
        dropout=a.RATE,
        use_bias=a.FLAG,
        use_gate=a.FLAG,
        output_shape=a.ABSENT,
        attention_axes=optional(a.AXES),
        sliding_window=a.ABSENT,
        seed=a.SEED,
        activity_regularizer=a.REGULARIZER,
        **_weights("kernel", "bias"),
    ),
    "BatchNormalization": _layer(
        axis=integer(-1, -1),
        momentum=a.RATE,
        epsilon=number(0, above=True),
        center=a.FLAG,
        scale=a.FLAG,
        synchronized=a.OFF,
        renorm=a.OFF,
        renorm_clipping=a.ABSENT,
        renorm_momentum=a.RATE,
        moving_mean_initializer=a.INITIALIZER,
        moving_variance_initializer=a.INITIALIZER,
        **_weights("beta", "gamma"),
    ),
    "LayerNormalization": _layer(
        axis=a.either(a.AXES, a.AXIS),
        epsilon=number(0, above=True),
        center=a.FLAG,
        scale=a.FLAG,
        rms_scaling=a.FLAG,
        **_weights("beta", "gamma"),
    ),
    "Activation": _layer(activation=a.ACTIVATION),
    "ReLU": _layer(
        max_value=optional(a.NOT_NEGATIVE),
        negative_slope=a.NOT_NEGATIVE,
        threshold=a.NOT_NEGATIVE,
    ),
    "LeakyReLU": _layer(negative_slope=a.NOT_NEGATIVE),
    "ELU": _layer(alpha=a.NOT_NEGATIVE),
    "Softmax": _layer(axis=a.AXIS),
    "Dropout": _layer(rate=a.RATE, noise_shape=a.ABSENT, **_NOISE),
    "SpatialDropout1D": _layer(rate=a.RATE, **_NOISE),
    "SpatialDropout2D": _layer(rate=a.RATE, **_LAYOUT, **_NOISE),
    "GaussianNoise": _layer(stddev=a.NOT_NEGATIVE, **_NOISE),
    "Rescaling": _layer(scale=a.ANY_NUMBER, offset=a.ANY_NUMBER),
    "Flatten": _layer(**_LAYOUT),
    "Reshape": _layer(target_shape=a.SHAPE),
    "Permute": _layer(dims=a.AXES),
    "RepeatVector": _layer(n=integer(1, 4_096)),
    "ZeroPadding2D": _layer(
        padding=a.either(a.items(_PAIR, 2, 2), _PAD), **_LAYOUT
    ),
    "UpSampling2D": _layer(
        size=a.SIZES_2D, interpolation=choice("nearest", "bilinear"), **_LAYOUT
    ),
    "Concatenate": _layer(axis=a.AXIS),
    **{name: _layer() for name in _MERGING},
}  # fmt: skip


# How a functional model calls a layer: on one tensor, on a list of them, on either, or as attention
# (query, value and perhaps key).
Arity = Literal["one", "many", "either", "attention"]


def arity(layer: dict[str, Any]) -> Arity:
    """Return how a functional model calls an admitted layer."""
    if layer["registered_name"] is not None:
        return "either"
    if layer["class_name"] == "MultiHeadAttention":
        return "attention"
    return "many" if layer["class_name"] in (*_MERGING, "Concatenate") else "one"
