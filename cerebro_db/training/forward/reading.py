"""From a graph of layers to the steps that compute the same with numpy; no framework here.

One table says by the class of a layer which operation computes what it does while predicting, and
with which arguments; one that is left out has Keras' default. A model that has anything else is
left to its framework.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cerebro_db.model.calls import Call, Key, calls_of, output_of
from cerebro_db.model.layers import layer_of
from cerebro_db.model.layers._base import SHARED
from cerebro_db.model.signature import Signature
from cerebro_db.model.spec import KerasArchitecture
from cerebro_db.training.forward.activations import ACTIVATIONS
from cerebro_db.training.forward.graph import NOTE, Graph, Step

Config = Mapping[str, Any]
Operation = tuple[str, dict[str, Any]]
"""The name of an operation and its arguments; a name of "" is that of a layer that predicting
passes by."""

# What Keras calls differently.
_SYNONYMS = {"swish": "silu", "hard_swish": "hard_silu"}

# Layers that heed which places of a sequence count, and give nothing that has places; those behind
# which the same places count; and those by which that is lost. Others with a mask are Keras'.
_HEEDING = frozenset({"GlobalAveragePooling1D", "LSTM"})
_PASSING = frozenset(
    {
        "Activation", "BatchNormalization", "Dense", "Dropout", "ELU", "GaussianNoise",
        "LayerNormalization", "LeakyReLU", "ReLU", "SpatialDropout1D",
    }
)  # fmt: skip
_LOSING = frozenset({"Conv1D", "Flatten", "GlobalMaxPooling1D", "MaxPooling1D"})


class _Unknown(Exception):
    """A layer does what no operation does, or not with these arguments."""


def read(
    architecture: KerasArchitecture, signature: Signature, weights: Mapping[str, Sequence[str]]
) -> Graph | None:
    """Return the steps of an architecture's forward pass, or None if operations are missing.

    Args:
        architecture: admitted, and fitted to the signature.
        weights: what a state calls the weights of each layer, in the order in which Keras has them.
    """
    try:
        return _Reading(architecture, signature, weights).graph
    except _Unknown:
        return None


def notes(
    architecture: KerasArchitecture, signature: Signature, weights: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Return the notes that a state is packed with: the steps for ``of_state``, if ``read`` has
    any."""
    graph = read(architecture, signature, weights)
    return {} if graph is None else {NOTE: graph.to_text()}


class _Reading:
    def __init__(
        self,
        architecture: KerasArchitecture,
        signature: Signature,
        weights: Mapping[str, Sequence[str]],
    ) -> None:
        self._weights = weights
        self._steps: list[Step] = []
        calls = _reaching(architecture.keras)
        places = {item.name: place for place, item in enumerate(signature.inputs)}
        begin = [call for call in calls if call.layer["class_name"] == "InputLayer"]
        positions = tuple(places[architecture.inputs[c.layer["config"]["name"]]] for c in begin)
        self._inputs = len(begin)
        # The calls of layers and our numbers of values.
        self._values: dict[Key, int] = {}
        # Of calls whose places do not all count: our number of what says which do.
        self._masks: dict[Key, int] = {}
        for value, (call, position) in enumerate(zip(begin, positions, strict=True)):
            if signature.inputs[position].dtype == "uint8":
                value = self._add("cast", [value], {"dtype": "float32"})
                value = self._add("rescale", [value], {"scale": 1 / 255, "offset": 0.0})
            self._values[call.key] = value
        for call in calls:
            if call.key not in self._values:
                self._values[call.key] = self._value(call)
        # The last step gives the logits, even of a model that ends in what predicting passes by.
        end = self._values[calls[-1].key]
        if end != self._inputs + len(self._steps) - 1 or not self._steps:
            self._add("activation", [end], {"name": "linear"})
        self.graph = Graph(positions, tuple(self._steps))

    def _value(self, call: Call) -> int:
        layer = layer_of(call.layer)
        if layer is None or layer.name not in LAYERS:
            raise _Unknown
        sources = [self._values[key] for key in call.sources]
        name, arguments = LAYERS[layer.name](call.layer["config"])
        if layer.name == "Embedding" and call.layer["config"].get("mask_zero", False):
            self._masks[call.key] = self._add("word_mask", sources, {})
        # One travels unseen with the tensors; where one is stated, that is heeded.
        unseen = next((self._masks[key] for key in call.sources if key in self._masks), None)
        mask = unseen if call.mask is None else self._values[call.mask]
        if mask is not None and layer.name in _HEEDING:
            sources.append(mask)
        elif unseen is not None and layer.name in _PASSING:
            self._masks[call.key] = unseen
        elif mask is not None:
            _only(layer.name in _LOSING | _PASSING)
        for option, value in _options(call).items():
            _only(name == "attention" and option == "use_causal_mask")
            arguments["causal"] = value
        if not name:
            return sources[0]
        return self._add(name, sources, arguments, self._weights.get(call.name, ()))

    def _add(
        self,
        name: str,
        sources: Sequence[int],
        arguments: dict[str, Any],
        weights: Sequence[str] = (),
    ) -> int:
        self._steps.append(Step(name, tuple(sources), tuple(weights), arguments))
        return self._inputs + len(self._steps) - 1


def _reaching(config: Config) -> list[Call]:
    """Return the calls that the output comes from, itself the last of them."""
    calls = {call.key: call for call in calls_of(dict(config))}
    reached, waiting = set(), [output_of(config)]
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting += calls[key].taken
    return [call for key, call in calls.items() if key in reached]


def _options(call: Call) -> dict[str, Any]:
    """Return what a call states beside its tensors."""
    nodes = call.layer["inbound_nodes"]
    stated = nodes[call.key[1]]["kwargs"] if nodes else {}
    return {name: value for name, value in stated.items() if not isinstance(value, dict)}


def _only(condition: bool) -> None:
    if not condition:
        raise _Unknown


def _activation(name: str | None) -> str:
    name = "linear" if name is None else _SYNONYMS.get(name, name)
    _only(name in ACTIVATIONS)
    return name


def _many(value: Any, dimensions: int) -> list[int]:
    """Return a size for each dimension of one for all, or of as many."""
    return list(value) if isinstance(value, list) else [value] * dimensions


def _of_images(value: Any, dimensions: int) -> list[int]:
    """Return the sizes along height and width; a sequence has the height 1."""
    sizes = _many(value, dimensions)
    return [1, *sizes] if dimensions == 1 else sizes


def _dense(config: Config) -> Operation:
    return "dense", {"activation": _activation(config.get("activation"))}


def _centred(config: Config) -> dict[str, Any]:
    return {
        "epsilon": config.get("epsilon", 1e-3),
        "center": config.get("center", True),
        "scale": config.get("scale", True),
    }


def _batch_normalization(config: Config) -> Operation:
    return "batch_normalization", _centred(config)


def _layer_normalization(config: Config) -> Operation:
    _only(not config.get("rms_scaling", False))
    return "layer_normalization", {"axis": _many(config.get("axis", -1), 1), **_centred(config)}


def _attention(config: Config) -> Operation:
    _only(not config.get("use_gate", False))
    return "attention", {
        "bias": config.get("use_bias", True),
        "axes": config.get("attention_axes"),
    }


def _token_attention(config: Config) -> Operation:
    return "token_attention", {"heads": config["heads"], "first": config.get("first", False)}


def _convolution(name: str, dimensions: int) -> Callable[[Config], Operation]:
    def read_layer(config: Config) -> Operation:
        _only(config.get("groups", 1) == 1)
        return name, {
            "strides": _of_images(config.get("strides", 1), dimensions),
            "dilation": _of_images(config.get("dilation_rate", 1), dimensions),
            "padding": config.get("padding", "valid"),
            "activation": _activation(config.get("activation")),
        }

    return read_layer


def _pooling(name: str, dimensions: int) -> Callable[[Config], Operation]:
    def read_layer(config: Config) -> Operation:
        size = config.get("pool_size", 2)
        strides = config.get("strides")
        return name, {
            "size": _of_images(size, dimensions),
            "strides": _of_images(size if strides is None else strides, dimensions),
            "padding": config.get("padding", "valid"),
        }

    return read_layer


def _global_pooling(name: str) -> Callable[[Config], Operation]:
    return lambda config: (name, {"keepdims": config.get("keepdims", False)})


def _lstm(config: Config) -> Operation:
    _only(not config.get("return_sequences", False) and not config.get("go_backwards", False))
    return "lstm", {
        "activation": _activation(config.get("activation", "tanh")),
        "recurrent_activation": _activation(config.get("recurrent_activation", "sigmoid")),
    }


def _relu(config: Config) -> Operation:
    return "relu", {
        "negative_slope": config.get("negative_slope", 0.0),
        "max_value": config.get("max_value"),
        "threshold": config.get("threshold", 0.0),
    }


def _leaky_relu(config: Config) -> Operation:
    return "relu", {"negative_slope": config.get("negative_slope", 0.3)}


def _rescaling(config: Config) -> Operation:
    return "rescale", {"scale": config["scale"], "offset": config.get("offset", 0.0)}


def _padding(config: Config) -> Operation:
    sides = _many(config.get("padding", 1), 2)
    return "pad", {"padding": [_many(side, 2) for side in sides]}


def _transposed(name: str, dimensions: int) -> Callable[[Config], Operation]:
    def read_layer(config: Config) -> Operation:
        return name, {
            "strides": _of_images(config.get("strides", 1), dimensions),
            "padding": config.get("padding", "valid"),
            "activation": _activation(config.get("activation")),
        }

    return read_layer


def _group_normalization(config: Config) -> Operation:
    axis, groups = config.get("axis", -1), config.get("groups", 32)
    return "group_normalization", {"axis": axis, "groups": groups, **_centred(config)}


def _normalization(config: Config) -> Operation:
    axis = config.get("axis", -1)
    return "standardize", {
        "mean": config["mean"],
        "variance": config["variance"],
        "axis": [] if axis is None else _many(axis, 1),
        "invert": config.get("invert", False),
    }


def _cropping(dimensions: int) -> Callable[[Config], Operation]:
    def read_layer(config: Config) -> Operation:
        cropping = config.get("cropping", 1 if dimensions == 1 else 0)
        sides = [cropping] if dimensions == 1 else _many(cropping, 2)
        return "crop", {"cropping": [_many(side, 2) for side in sides]}

    return read_layer


def _dot(config: Config) -> Operation:
    return "dot", {"axes": _many(config["axes"], 2), "normalize": config.get("normalize", False)}


def _time_distributed(config: Config) -> Operation:
    inner = config["layer"]
    read_layer = LAYERS.get(inner["class_name"])
    if read_layer is None:
        raise _Unknown
    name, arguments = read_layer(inner["config"])
    return ("over_places", {"operation": name, "arguments": arguments}) if name else ("", {})


def _upsample(config: Config) -> Operation:
    _only(config.get("interpolation", "nearest") == "nearest")
    return "upsample", {"size": _many(config.get("size", 2), 2)}


def _plain(name: str) -> Callable[[Config], Operation]:
    return lambda config: (name, {})


def _passed_by(config: Config) -> Operation:
    return "", {}


def _own(name: str, *training: str) -> Callable[[Config], Operation]:
    """Return the reader of a layer of our own, whose operation takes its own arguments, but those
    that only ``training`` needs."""
    beside = {*SHARED, *training}
    return lambda config: (name, {k: v for k, v in config.items() if k not in beside})


LAYERS: dict[str, Callable[[Config], Operation]] = {
    "Activation": lambda config: ("activation", {"name": _activation(config.get("activation"))}),
    "Add": _plain("add"),
    "AnswerToken": _own("answer_token"),
    "Average": _plain("average"),
    "AveragePooling1D": _pooling("average_pooling_1d", 1),
    "AveragePooling2D": _pooling("average_pooling_2d", 2),
    "BatchNormalization": _batch_normalization,
    "CodeDropout": _passed_by,
    "CodeTokens": lambda config: ("code_tokens", {"sizes": config["sizes"]}),
    "ColumnEmbeddings": _own("column_embeddings", "deviation"),
    "Concatenate": lambda config: ("concatenate", {"axis": config.get("axis", -1)}),
    "Conv1D": _convolution("convolution_1d", 1),
    "Conv1DTranspose": _transposed("transposed_1d", 1),
    "Conv2D": _convolution("convolution_2d", 2),
    "Conv2DTranspose": _transposed("transposed_2d", 2),
    "CosineNumbers": _own("cosine_numbers", "frequencies", "width", "deviation"),
    "Cropping1D": _cropping(1),
    "Cropping2D": _cropping(2),
    "Dense": _dense,
    "DepthwiseConv2D": _convolution("depthwise_2d", 2),
    "Dot": _dot,
    "Dropout": _passed_by,
    "ELU": lambda config: ("elu", {"alpha": config.get("alpha", 1.0)}),
    "Embedding": _plain("embedding"),
    "Flatten": lambda config: ("reshape", {"shape": [-1]}),
    "GaussianNoise": _passed_by,
    "GlobalAveragePooling1D": _global_pooling("global_average"),
    "GlobalAveragePooling2D": _global_pooling("global_average"),
    "GlobalMaxPooling1D": _global_pooling("global_max"),
    "GlobalMaxPooling2D": _global_pooling("global_max"),
    "GroupNormalization": _group_normalization,
    "HeadDense": _plain("head_dense"),
    "LSTM": _lstm,
    "LayerNormalization": _layer_normalization,
    "LeakyReLU": _leaky_relu,
    "LogitDifference": _own("logit_difference"),
    "LinearNumbers": _plain("linear_numbers"),
    "MaskedMax": _own("masked_max"),
    "MaskedMean": _own("masked_mean"),
    "MaxPooling1D": _pooling("max_pooling_1d", 1),
    "MaxPooling2D": _pooling("max_pooling_2d", 2),
    "Maximum": _plain("maximum"),
    "Minimum": _plain("minimum"),
    "MultiHeadAttention": _attention,
    "Multiply": _plain("multiply"),
    "Normalization": _normalization,
    "NtpDense": _dense,
    "PReLU": _plain("prelu"),
    "ParametricActivation": _own("parametric_activation"),
    "PeriodicNumbers": _plain("periodic_numbers"),
    "Permute": lambda config: ("transpose", {"axes": config["dims"]}),
    "PiecewiseEncoding": _own("piecewise_encoding"),
    "PiecewiseNumbers": lambda config: ("piecewise_numbers", {"edges": config["edges"]}),
    "RandomFlip": _passed_by,
    "RandomRotation": _passed_by,
    "RandomTranslation": _passed_by,
    "RandomZoom": _passed_by,
    "ReLU": _relu,
    "RepeatVector": lambda config: ("repeat", {"n": config["n"]}),
    "Rescaling": _rescaling,
    "Reshape": lambda config: ("reshape", {"shape": config["target_shape"]}),
    "RobustClip": _own("robust_clip"),
    "Scaling": _own("scaling"),
    "ScaledHeads": _plain("scaled_heads"),
    "SeparableConv2D": _convolution("separable_2d", 2),
    "SharedDense": _plain("shared_dense"),
    "Softmax": lambda config: ("softmax", {"axis": config.get("axis", -1)}),
    "SpatialDropout1D": _passed_by,
    "SpatialDropout2D": _passed_by,
    "Subtract": _plain("subtract"),
    "TakeColumns": _own("take_columns"),
    "TimeDistributed": _time_distributed,
    "TokenAttention": _token_attention,
    "UpSampling2D": _upsample,
    "VariableDropout": _passed_by,
    "WordMask": _own("word_mask"),
    "ZeroPadding2D": _padding,
}
