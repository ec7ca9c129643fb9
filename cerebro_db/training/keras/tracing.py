"""The forward pass of a Keras model as a graph that needs no Keras: see ``training/forward``.

What stands here computes while predicting exactly what its layer does; a model that has anything
else has no graph, and Keras predicts with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
from keras import layers

from cerebro_db.model.signature import Signature
from cerebro_db.training.forward import NOTE, Graph, Step
from cerebro_db.training.forward.activations import ACTIVATIONS
from cerebro_db.training.keras.assembly import weights
from cerebro_db.training.keras.layers import (
    ColumnEmbeddings,
    MaskedMax,
    MaskedMean,
    VariableDropout,
    WordMask,
)
from cerebro_db.training.keras.network import Network


class _Unknown(Exception):
    """The model has an operation that graphs have not, or not with these arguments."""


# The name of a step's operation, its arguments, and the layer's variables in the step's order.
_Traced = tuple[str, dict[str, Any], Sequence[Any]]


def trace(network: Network, signature: Signature) -> Graph | None:
    """Return the graph of a network's forward pass, or None if it cannot be written as one."""
    try:
        return _Tracing(network, signature).graph
    except _Unknown:
        return None


def notes(network: Network, signature: Signature) -> dict[str, str]:
    """Return the notes that a state is packed with: the graph for ``forward.of_state``, if any."""
    graph = trace(network, signature)
    return {} if graph is None else {NOTE: graph.to_text()}


class _Tracing:
    def __init__(self, network: Network, signature: Signature) -> None:
        self._names = {id(variable): name for name, variable in weights(network).items()}
        self._steps: list[Step] = []
        self._inputs = len(network.positions)
        # Keras' tensors and our numbers of values.
        self._values: dict[int, int] = {}
        for value, (tensor, position) in enumerate(
            zip(network.model.inputs, network.positions, strict=True)
        ):
            if signature.inputs[position].dtype == "uint8":
                value = self._add("cast", [value], {"dtype": "float32"})
                value = self._add("rescale", [value], {"scale": 1 / 255, "offset": 0.0})
            self._values[id(tensor)] = value
        for node in _nodes(network.model):
            self._trace(node)
        (output,) = network.model.outputs
        # The last step gives the logits, whatever the order in which Keras runs its nodes.
        if self._values[id(output)] != self._inputs + len(self._steps) - 1:
            self._add("activation", [self._values[id(output)]], {"name": "linear"})
        self.graph = Graph(network.positions, tuple(self._steps))

    def _trace(self, node: Any) -> None:
        operation = node.operation
        make = _OPERATIONS.get(type(operation))
        if make is None:
            raise _Unknown
        name, arguments, variables = make(operation)
        names = [self._names[id(variable)] for variable in variables]
        sources = [self._values[id(tensor)] for tensor in node.arguments.keras_tensors]
        value = self._add(name, sources, arguments, names) if name else sources[0]
        (output,) = node.output_tensors
        self._values[id(output)] = value

    def _add(
        self,
        name: str,
        sources: Sequence[int],
        arguments: dict[str, Any],
        names: Sequence[str] = (),
    ) -> int:
        self._steps.append(Step(name, tuple(sources), tuple(names), arguments))
        return self._inputs + len(self._steps) - 1


def _nodes(model: keras.Model) -> Iterator[Any]:
    """Yield the calls of layers and operations in an order in which they can be computed."""
    function = getattr(model, "_functional", model)  # what a Sequential keeps
    for depth in sorted(function._nodes_by_depth, reverse=True):
        for node in function._nodes_by_depth[depth]:
            if node.operation and not node.is_input:
                yield node


def _activation(function: Any) -> str:
    name = "linear" if function is None else function.__name__
    if name not in ACTIVATIONS:
        raise _Unknown
    return name


def _only(condition: bool) -> None:
    if not condition:
        raise _Unknown


def _biased(layer: Any, *kernels: Any) -> list[Any]:
    return [*kernels, layer.bias] if layer.use_bias else [*kernels]


def _dense(layer: Any) -> _Traced:
    return "dense", {"activation": _activation(layer.activation)}, _biased(layer, layer.kernel)


def _embedding(layer: Any) -> _Traced:
    # A mask would travel on to layers that heed it.
    _only(not layer.mask_zero)
    return "embedding", {}, [layer.embeddings]


def _column_embeddings(layer: Any) -> _Traced:
    arguments = {"sizes": list(layer.sizes), "merge": layer.merge}
    return "column_embeddings", arguments, [layer.embeddings]


def _batch_normalization(layer: Any) -> _Traced:
    arguments = {"epsilon": layer.epsilon, "center": layer.center, "scale": layer.scale}
    own = [layer.gamma] * layer.scale + [layer.beta] * layer.center
    return "batch_normalization", arguments, [*own, layer.moving_mean, layer.moving_variance]


def _layer_normalization(layer: Any) -> _Traced:
    _only(not layer.rms_scaling)
    arguments = {
        "axis": _list(layer.axis),
        "epsilon": layer.epsilon,
        "center": layer.center,
        "scale": layer.scale,
    }
    own = [layer.gamma] * layer.scale + [layer.beta] * layer.center
    return "layer_normalization", arguments, own


def _layout(layer: Any) -> dict[str, Any]:
    _only(getattr(layer, "groups", 1) == 1)
    one = len(layer.strides) == 1
    return {
        "strides": [1, *layer.strides] if one else list(layer.strides),
        "dilation": [1, *layer.dilation_rate] if one else list(layer.dilation_rate),
        "padding": layer.padding,
        "activation": _activation(layer.activation),
    }


def _convolution(name: str) -> Callable[[Any], _Traced]:
    return lambda layer: (name, _layout(layer), _biased(layer, layer.kernel))


def _separable(layer: Any) -> _Traced:
    kernels = _biased(layer, layer.depthwise_kernel, layer.pointwise_kernel)
    return "separable_2d", _layout(layer), kernels


def _pooling(name: str) -> Callable[[Any], _Traced]:
    def make(layer: Any) -> _Traced:
        sizes, strides = _list(layer.pool_size), _list(layer.strides)
        one = len(sizes) == 1
        arguments = {
            "size": [1, *sizes] if one else sizes,
            "strides": [1, *strides] if one else strides,
            "padding": layer.padding,
        }
        return name, arguments, []

    return make


def _global_pooling(name: str) -> Callable[[Any], _Traced]:
    return lambda layer: (name, {"keepdims": layer.keepdims}, [])


def _lstm(layer: Any) -> _Traced:
    _only(not (layer.return_sequences or layer.go_backwards))
    cell = layer.cell
    arguments = {
        "activation": _activation(cell.activation),
        "recurrent_activation": _activation(cell.recurrent_activation),
    }
    return "lstm", arguments, _biased(cell, cell.kernel, cell.recurrent_kernel)


def _relu(layer: Any) -> _Traced:
    arguments = {
        "negative_slope": float(layer.negative_slope),
        "max_value": None if layer.max_value is None else float(layer.max_value),
        "threshold": float(layer.threshold),
    }
    return "relu", arguments, []


def _upsample(layer: Any) -> _Traced:
    _only(layer.interpolation == "nearest")
    return "upsample", {"size": list(layer.size)}, []


def _flatten(layer: Any) -> _Traced:
    return "reshape", {"shape": [-1]}, []


def _plain(name: str) -> Callable[[Any], _Traced]:
    return lambda operation: (name, {}, [])


def _list(value: Any) -> list[int]:
    return [int(item) for item in value] if isinstance(value, list | tuple) else [int(value)]


# What predicting passes by has no name.
_OPERATIONS: dict[type, Callable[[Any], _Traced]] = {
    layers.Activation: lambda layer: ("activation", {"name": _activation(layer.activation)}, []),
    layers.Add: _plain("add"),
    layers.Average: _plain("average"),
    layers.AveragePooling1D: _pooling("average_pooling_1d"),
    layers.AveragePooling2D: _pooling("average_pooling_2d"),
    layers.BatchNormalization: _batch_normalization,
    layers.Concatenate: lambda layer: ("concatenate", {"axis": layer.axis}, []),
    layers.Conv1D: _convolution("convolution_1d"),
    layers.Conv2D: _convolution("convolution_2d"),
    layers.Dense: _dense,
    layers.DepthwiseConv2D: _convolution("depthwise_2d"),
    VariableDropout: _plain(""),
    ColumnEmbeddings: _column_embeddings,
    MaskedMax: _plain("masked_max"),
    MaskedMean: _plain("masked_mean"),
    WordMask: _plain("word_mask"),
    layers.Dropout: _plain(""),
    layers.ELU: lambda layer: ("elu", {"alpha": float(layer.alpha)}, []),
    layers.Embedding: _embedding,
    layers.Flatten: _flatten,
    layers.GaussianNoise: _plain(""),
    layers.GlobalAveragePooling1D: _global_pooling("global_average"),
    layers.GlobalAveragePooling2D: _global_pooling("global_average"),
    layers.GlobalMaxPooling1D: _global_pooling("global_max"),
    layers.GlobalMaxPooling2D: _global_pooling("global_max"),
    layers.LSTM: _lstm,
    layers.LayerNormalization: _layer_normalization,
    layers.LeakyReLU: lambda layer: ("relu", {"negative_slope": float(layer.negative_slope)}, []),
    layers.MaxPooling1D: _pooling("max_pooling_1d"),
    layers.MaxPooling2D: _pooling("max_pooling_2d"),
    layers.Maximum: _plain("maximum"),
    layers.Multiply: _plain("multiply"),
    layers.Permute: lambda layer: ("transpose", {"axes": list(layer.dims)}, []),
    layers.ReLU: _relu,
    layers.RepeatVector: lambda layer: ("repeat", {"n": layer.n}, []),
    layers.Rescaling: lambda layer: ("rescale", {"scale": layer.scale, "offset": layer.offset}, []),
    layers.Reshape: lambda layer: ("reshape", {"shape": list(layer.target_shape)}, []),
    layers.SeparableConv2D: _separable,
    layers.Softmax: lambda layer: ("softmax", {"axis": layer.axis}, []),
    layers.SpatialDropout1D: _plain(""),
    layers.SpatialDropout2D: _plain(""),
    layers.Subtract: _plain("subtract"),
    layers.UpSampling2D: _upsample,
    layers.ZeroPadding2D: lambda layer: ("pad", {"padding": [list(p) for p in layer.padding]}, []),
}
