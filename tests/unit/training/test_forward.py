"""The forward pass without a framework says what Keras says, for families and single layers."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from small_datasets import (
    ALL_KINDS,
    BINARY,
    CODES,
    IMAGE,
    LABELS,
    NUMERIC,
    SPREAD,
    TABLE,
    TEXT,
    THREE,
    VALUES,
    WIDTHS,
    make_chunks,
    spec_of,
)

from cerebro_db import training
from cerebro_db.model.admission import admit
from cerebro_db.model.families import FAMILIES
from cerebro_db.model.layers.arguments import ACTIVATION
from cerebro_db.model.network import graph_of
from cerebro_db.model.signature import Input, Output, Signature
from cerebro_db.model.spec import KerasArchitecture
from cerebro_db.tensors import Tensors, pack
from cerebro_db.training.forward import Forward, ForwardPredictor, Graph, reading
from cerebro_db.training.keras.building import building
from cerebro_db.training.keras.network import Network, build_network
from cerebro_db.training.keras.weights import weights, weights_by_layer

_RNG = np.random.default_rng(5)


def moved(network: Network) -> Tensors:
    """Move every weight away from what layers begin with, and return the state."""
    for variable in network.variables:
        if variable.dtype == "float32":
            values = _RNG.uniform(0.3, 1.0, variable.shape)
            if "variance" not in variable.name:
                values *= _RNG.choice([-1.0, 1.0], variable.shape)
            variable.assign(values / max(1.0, np.sqrt(np.prod(variable.shape[:-1]))))
    return {name: np.asarray(variable) for name, variable in weights(network).items()}


def again(graph: Graph | None) -> Graph:
    assert graph is not None
    copy = Graph.from_text(graph.to_text())
    assert copy == graph
    return copy


WIDE = {"hidden": [16, 8], "embedding_dim": 3}


@pytest.mark.parametrize("rows", [1, 2, 1500])
@pytest.mark.parametrize(
    ("definition", "inputs", "output"),
    [
        ({"family": "mlp", **WIDE}, ALL_KINDS, BINARY),
        ({"family": "mlp", **WIDE, "batch_norm": True, "dropout": 0.3}, (NUMERIC,), THREE),
        ({"family": "mlp", "hidden": [], "embedding_dim": 3}, (TEXT, NUMERIC), VALUES),
        ({"family": "linear", "embedding_dim": 3, "dropout": 0.1}, ALL_KINDS, LABELS),
        ({"family": "cnn", "filters": [4, 5], "embedding_dim": 3}, ALL_KINDS, THREE),
        (
            {"family": "cnn", "filters": [4], "kernel": 4, "pool": 1, "batch_norm": True},
            (IMAGE,),
            THREE,
        ),
        ({"family": "text", "pooling": "mean", **WIDE}, (TEXT, NUMERIC), BINARY),
        ({"family": "text", "pooling": "max", "embedding_dropout": 0.4, **WIDE}, ALL_KINDS, BINARY),
        ({"family": "text", "pooling": "lstm", "units": 4, **WIDE}, ALL_KINDS, VALUES),
        ({"family": "wide_deep", **WIDE}, ALL_KINDS, THREE),
        ({"family": "wide_deep", **WIDE}, (CODES,), VALUES),
        ({"family": "realmlp", **WIDE}, ALL_KINDS, BINARY),
        ({"family": "realmlp", **WIDE}, (SPREAD, CODES), VALUES),
        ({"family": "realmlp", "hidden": [5], "activation": "gelu"}, (SPREAD,), LABELS),
        ({"family": "mlp"}, (NUMERIC, WIDTHS), BINARY),
        ({"family": "wide_deep", **WIDE, "numbers": "piecewise", "numbers_dim": 3}, TABLE, VALUES),
        ({"family": "mlp", **WIDE, "numbers": "piecewise"}, TABLE, VALUES),
        ({"family": "linear", "numbers": "periodic"}, (NUMERIC,), LABELS),
        ({"family": "resnet", "units": 8, "residual_dropout": 0.1}, ALL_KINDS, THREE),
        ({"family": "resnet", "units": 8, "numbers": "periodic"}, TABLE, BINARY),
        ({"family": "tabm", "units": 8, "heads": 3}, ALL_KINDS, THREE),
        ({"family": "tabm", "units": 8, "heads": 3, "mini": True}, (NUMERIC,), VALUES),
        ({"family": "tabm", "units": 8, "heads": 3, "numbers": "piecewise"}, TABLE, BINARY),
        ({"family": "tabm", "units": 8, "heads": 3, "numbers": "periodic"}, TABLE, LABELS),
        ({"family": "ft_transformer", "units": 8}, ALL_KINDS, BINARY),
        ({"family": "ft_transformer", "units": 8, "residual_dropout": 0.1}, TABLE, THREE),
        ({"family": "ft_transformer", "units": 8, "numbers": "piecewise"}, TABLE, VALUES),
        ({"family": "ft_transformer", "units": 8, "numbers": "periodic"}, TABLE, VALUES),
    ],
)
def test_families(
    definition: dict[str, Any], inputs: Sequence[Input], output: Output, rows: int
) -> None:
    spec = spec_of(definition, inputs, output)
    network = build_network(spec, seed=1)
    state = moved(network)
    (chunk,) = make_chunks(spec.signature, [rows])
    names = weights_by_layer(network)
    graph = again(reading.read(graph_of(spec).architecture, spec.signature, names))
    found = ForwardPredictor(spec.signature, graph, state).predict(chunk)
    expected = training.predictor(spec, pack(state)).predict(chunk)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_every_family_is_tested() -> None:
    mark = next(m for m in test_families.pytestmark if m.args[0] != "rows")  # type: ignore[attr-defined]
    assert {case[0]["family"] for case in mark.args[1]} == set(FAMILIES)


# What 0.2.0 wrote beside the weights of families over all kinds of inputs.
_NOTES = json.loads((Path(__file__).parents[2] / "golden/forward/0.2.0.json").read_text())


@pytest.mark.parametrize("kept", _NOTES, ids=lambda kept: str(kept["definition"]["family"]))
def test_states_of_earlier_releases_predict(kept: dict[str, Any]) -> None:
    spec = spec_of(kept["definition"], ALL_KINDS, BINARY)
    state = moved(build_network(spec))
    (chunk,) = make_chunks(spec.signature, [40])
    graph = Graph.from_text(json.dumps(kept["note"]))
    found = ForwardPredictor(spec.signature, graph, state).predict(chunk)
    expected = training.predictor(spec, pack(state)).predict(chunk)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_layer_that_leads_nowhere_is_left_out() -> None:
    given = keras.Input((4,), name="x")
    config = json.loads(keras.Model(given, layers.Dense(2, name="end")(given)).to_json())
    aside = json.loads(json.dumps(config["config"]["layers"][1]).replace('"end"', '"aside"'))
    config["config"]["layers"].append(aside)
    config = admit(config)
    network = built(config)
    kind = Input("x", "numeric", (4,), "float32")
    architecture = KerasArchitecture(config, {"x": "x"})
    graph = reading.read(architecture, Signature((kind,), BINARY), weights_by_layer(network))
    assert graph is not None
    x = _RNG.normal(size=(3, 4)).astype(np.float32)
    found = Forward(graph, moved(network))([x])
    np.testing.assert_allclose(found, np.asarray(network.model(x)), rtol=1e-5)


def logits(
    build: Callable[[Any], Any], shape: tuple[int, ...], dtype: str = "float32"
) -> tuple[Graph | None, np.ndarray, np.ndarray | None]:
    """Return the graph of one layer, what Keras makes of rows, and what the graph does."""
    given = keras.Input(shape, dtype=dtype, name="x")
    config = admit(json.loads(keras.Model(given, build(given)).to_json()))
    network = built(config)
    kind = Input("x", "numeric", shape, dtype)
    architecture = KerasArchitecture(config, {"x": "x"})
    graph = reading.read(architecture, Signature((kind,), BINARY), weights_by_layer(network))
    state = moved(network)
    rows = _RNG.normal(size=(3, *shape)) * 3
    x = np.abs(rows).astype(dtype) if dtype == "int32" else rows.astype(dtype)
    if dtype == "int32":
        # Nothing but padding.
        x[-1] = 0
    expected = np.asarray(network.model(x, training=False))
    return graph, expected, None if graph is None else Forward(again(graph), state)([x])


def built(config: dict[str, Any]) -> Network:
    steps = building(config)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            model, layers_by_name = end.value
            return Network(model, (0,), layers_by_name)


IMAGES, SEQUENCE, VECTOR = (7, 6, 3), (9, 4), (10,)


class Attending:
    """Each place of a sequence attends to all of them."""

    def __init__(self, *sizes: int, causal: bool = False, **arguments: Any) -> None:
        self._layer, self._causal = layers.MultiHeadAttention(*sizes, **arguments), causal

    def __call__(self, x: Any) -> Any:
        return self._layer(x, x, use_causal_mask=self._causal)


def attending_elsewhere(x: Any) -> Any:
    """Places of an image's rows attend to those of its columns by what these are called."""
    sides = [layers.Reshape((-1, 3))(x), layers.Reshape((3, -1))(x), layers.Reshape((3, -1))(x)]
    asking, said, keys = (layers.Dense(n)(side) for n, side in zip((4, 5, 6), sides, strict=True))
    return layers.MultiHeadAttention(2, 3, value_dim=4)(asking, value=said, key=keys)


SUPPORTED: list[tuple[tuple[int, ...], Callable[[], Any]]] = [
    (VECTOR, lambda: layers.Dense(4, use_bias=False)),
    (SEQUENCE, lambda: layers.Dense(4, "tanh")),
    (SEQUENCE, lambda: layers.BatchNormalization()),
    (VECTOR, lambda: layers.BatchNormalization(center=False, epsilon=0.1)),
    (VECTOR, lambda: layers.BatchNormalization(scale=False)),
    (IMAGES, lambda: layers.LayerNormalization()),
    (IMAGES, lambda: layers.LayerNormalization(axis=[2, 3], center=False)),
    (IMAGES, lambda: layers.LayerNormalization(axis=1, scale=False)),
    (IMAGES, lambda: layers.Conv2D(4, 3)),
    (IMAGES, lambda: layers.Conv2D(4, (2, 4), padding="same", activation="relu")),
    (IMAGES, lambda: layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False)),
    (IMAGES, lambda: layers.Conv2D(4, 2, dilation_rate=(2, 3), padding="same")),
    (IMAGES, lambda: layers.SeparableConv2D(4, 3, depth_multiplier=2, padding="same")),
    (IMAGES, lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, strides=2, padding="same")),
    (SEQUENCE, lambda: layers.Conv1D(5, 3, padding="causal", dilation_rate=2)),
    (SEQUENCE, lambda: layers.Conv1D(5, 3, strides=2, padding="same", activation="elu")),
    (IMAGES, lambda: layers.MaxPooling2D(2)),
    (IMAGES, lambda: layers.MaxPooling2D(3, strides=2, padding="same")),
    (IMAGES, lambda: layers.AveragePooling2D((2, 3), padding="same")),
    (SEQUENCE, lambda: layers.MaxPooling1D(2, padding="same")),
    (SEQUENCE, lambda: layers.AveragePooling1D(4, strides=3)),
    (IMAGES, lambda: layers.GlobalAveragePooling2D()),
    (IMAGES, lambda: layers.GlobalMaxPooling2D(keepdims=True)),
    (SEQUENCE, lambda: layers.GlobalAveragePooling1D(keepdims=True)),
    (SEQUENCE, lambda: layers.GlobalMaxPooling1D()),
    (SEQUENCE, lambda: Attending(2, 3)),
    (SEQUENCE, lambda: Attending(2, 5, value_dim=3, use_bias=False)),
    (IMAGES, lambda: attending_elsewhere),
    (IMAGES, lambda: Attending(2, 3)),
    (IMAGES, lambda: Attending(2, 3, attention_axes=(1,))),
    (IMAGES, lambda: Attending(2, 3, attention_axes=(2,))),
    (SEQUENCE, lambda: Attending(1, 3, causal=True, dropout=0.2)),
    (SEQUENCE, lambda: layers.LSTM(5, use_bias=False, activation="relu")),
    (VECTOR, lambda: layers.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.5)),
    (VECTOR, lambda: layers.ReLU(threshold=1.0)),
    (VECTOR, lambda: layers.LeakyReLU(0.4)),
    (VECTOR, lambda: layers.ELU(0.7)),
    (SEQUENCE, lambda: layers.Softmax(axis=1)),
    (VECTOR, lambda: layers.Dropout(0.5)),
    (SEQUENCE, lambda: layers.SpatialDropout1D(0.5)),
    (IMAGES, lambda: layers.SpatialDropout2D(0.5)),
    (VECTOR, lambda: layers.GaussianNoise(1.0)),
    (VECTOR, lambda: layers.Rescaling(0.1, offset=-2.0)),
    (IMAGES, lambda: layers.Flatten()),
    (SEQUENCE, lambda: layers.Reshape((6, -1))),
    (IMAGES, lambda: layers.Permute((3, 1, 2))),
    (VECTOR, lambda: layers.RepeatVector(3)),
    (IMAGES, lambda: layers.ZeroPadding2D(((1, 0), (2, 3)))),
    (IMAGES, lambda: layers.UpSampling2D((2, 3))),
    (IMAGES, lambda: layers.BatchNormalization(axis=3)),
    (IMAGES, lambda: layers.GroupNormalization(3, epsilon=0.1)),
    (IMAGES, lambda: layers.GroupNormalization(2, axis=2, center=False)),
    (SEQUENCE, lambda: layers.GroupNormalization(-1)),
    (VECTOR, lambda: layers.Normalization(mean=[0.5] * 10, variance=[*range(10)])),
    (IMAGES, lambda: layers.Normalization(axis=1, mean=[*range(7)], variance=[2.0] * 7)),
    (IMAGES, lambda: layers.Normalization(axis=(1, 3), mean=[1, 2, 3], variance=[3, 2, 1])),
    (IMAGES, lambda: layers.Normalization(axis=None, mean=2.0, variance=3.0, invert=True)),
    (SEQUENCE, lambda: layers.PReLU()),
    (IMAGES, lambda: layers.PReLU(shared_axes=[1, 2])),
    (SEQUENCE, lambda: layers.Cropping1D((1, 0))),
    (IMAGES, lambda: layers.Cropping2D(((0, 1), (2, 0)))),
    (SEQUENCE, lambda: layers.Conv1DTranspose(5, 3, strides=2, activation="relu")),
    (SEQUENCE, lambda: layers.Conv1DTranspose(5, 2, strides=3)),
    (SEQUENCE, lambda: layers.Conv1DTranspose(5, 4, padding="same")),
    (IMAGES, lambda: layers.Conv2DTranspose(4, 3, strides=2, padding="same")),
    (IMAGES, lambda: layers.Conv2DTranspose(4, (5, 2), strides=(2, 3), use_bias=False)),
    (IMAGES, lambda: layers.Conv2DTranspose(4, 1, strides=2, padding="same")),
    (IMAGES, lambda: layers.RandomFlip()),
    (IMAGES, lambda: layers.RandomRotation(0.1)),
    (IMAGES, lambda: layers.RandomTranslation(0.1, (-0.1, 0.2))),
    (IMAGES, lambda: layers.RandomZoom(0.1)),
    (SEQUENCE, lambda: layers.TimeDistributed(layers.Dense(5, "relu"))),
    (IMAGES, lambda: layers.TimeDistributed(layers.Conv1D(5, 2))),
    (IMAGES, lambda: layers.TimeDistributed(layers.LSTM(5))),
    (IMAGES, lambda: layers.TimeDistributed(layers.Dropout(0.1))),
]


@pytest.mark.parametrize(("shape", "make"), SUPPORTED)
def test_single_layers(shape: tuple[int, ...], make: Callable[[], Any]) -> None:
    _, expected, found = logits(lambda x: make()(x), shape)
    assert found is not None
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "name",
    ["linear", "relu", "relu6", "elu", "selu", "celu", "gelu", "silu", "swish", "mish", "tanh",
     "sigmoid", "hard_sigmoid", "hard_silu", "hard_swish", "softmax", "softplus", "softsign",
     "leaky_relu", "exponential", "log_sigmoid"],
)  # fmt: skip
def test_activations(name: str) -> None:
    assert ACTIVATION(name, "here") == name
    _, expected, found = logits(layers.Activation(name), VECTOR)
    assert found is not None
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "merge",
    [
        layers.Add(), layers.Subtract(), layers.Multiply(), layers.Average(), layers.Maximum(),
        layers.Minimum(), layers.Dot(1), layers.Dot(-1, normalize=True),
        layers.Concatenate(axis=1),
    ],
)  # fmt: skip
def test_merging(merge: Any) -> None:
    def build(x: Any) -> Any:
        return merge([layers.Dense(4)(x), layers.Dense(4, "tanh")(x)])

    _, expected, found = logits(build, VECTOR)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_codes_are_looked_up() -> None:
    _, expected, found = logits(lambda x: layers.Embedding(20, 5)(x), (4,), "int32")
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_layer_used_twice_has_one_weight() -> None:
    shared = layers.Dense(4)
    graph, expected, found = logits(lambda x: shared(layers.Dense(4)(shared(x))), (4,))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert graph is not None
    assert graph.steps[0].weights == graph.steps[2].weights


@pytest.mark.parametrize(
    ("shape", "make"),
    [
        (SEQUENCE, lambda: layers.Masking()),
        (SEQUENCE, lambda: layers.GRU(3)),
        (SEQUENCE, lambda: layers.LSTM(3, return_sequences=True)),
        (SEQUENCE, lambda: Attending(2, 3, use_gate=True)),
        (SEQUENCE, lambda: layers.Bidirectional(layers.LSTM(3))),
        (IMAGES, lambda: layers.Conv2D(3, 2, groups=3)),
        (IMAGES, lambda: layers.UpSampling2D(2, interpolation="bilinear")),
    ],
)
def test_what_graphs_have_not_is_left_to_keras(shape: tuple[int, ...], make: Any) -> None:
    assert logits(lambda x: make()(x), shape)[0] is None


PLACES = [
    lambda x: layers.GlobalAveragePooling1D()(x),
    lambda x: layers.GlobalAveragePooling1D(keepdims=True)(x),
    lambda x: layers.LSTM(3)(layers.SpatialDropout1D(0.1)(layers.Dense(6, "relu")(x))),
    lambda x: layers.LSTM(3)(layers.LayerNormalization()(layers.ReLU()(x))),
    lambda x: layers.GlobalAveragePooling1D()(layers.BatchNormalization()(layers.ELU()(x))),
    lambda x: layers.GlobalMaxPooling1D()(layers.Dropout(0.1)(x)),
    lambda x: layers.GlobalAveragePooling1D()(layers.Conv1D(3, 2)(x)),
    lambda x: layers.Dense(2)(layers.Flatten()(x)),
]


@pytest.mark.filterwarnings("ignore:Layer .* does not support masking")
@pytest.mark.parametrize("build", PLACES)
def test_padding_does_not_count(build: Callable[[Any], Any]) -> None:
    """Where Keras writes masks down, and where they travel unseen."""

    def of_ids(x: Any) -> Any:
        return build(layers.Embedding(20, 5, mask_zero=True)(x))

    graph, expected, found = logits(of_ids, (9,), "int32")
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert graph is not None
    given = keras.Input((9,), dtype="int32", name="x")
    unseen = json.loads(keras.Model(given, of_ids(given)).to_json())
    for layer in unseen["config"]["layers"]:
        for node in layer["inbound_nodes"]:
            node["kwargs"].pop("mask", None)
    unseen["config"]["layers"] = [
        layer for layer in unseen["config"]["layers"] if layer["class_name"] != "NotEqual"
    ]
    architecture = KerasArchitecture(admit(unseen), {"x": "x"})
    signature = Signature((Input("x", "text", (9,), "int32", (20,)),), BINARY)
    network = built(architecture.keras)
    state = moved(network)
    graph = reading.read(architecture, signature, weights_by_layer(network))
    x = np.array([[3, 9, 1, 0, 0, 0, 0, 0, 0], [4, 0, 2, 2, 0, 7, 0, 0, 0], [0] * 9], "int32")
    expected = np.asarray(network.model(x, training=False))
    np.testing.assert_allclose(Forward(again(graph), state)([x]), expected, atol=1e-5)


@pytest.mark.parametrize(
    "build",
    [
        lambda x: layers.GRU(3)(x),
        lambda x: layers.GlobalAveragePooling1D()(layers.Rescaling(2.0)(x)),
        lambda x: layers.GlobalAveragePooling1D()(layers.MultiHeadAttention(2, 2)(x, x)),
    ],
)
def test_other_layers_with_masks_are_left_to_keras(build: Callable[[Any], Any]) -> None:
    graph, expected, _ = logits(
        lambda x: build(layers.Embedding(20, 5, mask_zero=True)(x)), (9,), "int32"
    )
    assert graph is None
    assert np.isfinite(expected).all()


# What layers have to be told.
_TOLD = {
    "units": 3, "filters": 3, "kernel_size": 3, "input_dim": 9, "output_dim": 2, "num_heads": 2,
    "key_dim": 3, "rate": 0.5, "stddev": 1.0, "scale": 2.0, "target_shape": (5, 2), "dims": (2, 1),
    "n": 2, "activation": "relu", "pool_size": 3,
    "axes": 1, "factor": 0.1, "height_factor": 0.1, "width_factor": 0.1,
}  # fmt: skip


# What is not left out: the moments, and the layer within.
_STATED = ("Normalization", "TimeDistributed")


@pytest.mark.parametrize(
    "name", [name for name in reading.LAYERS if hasattr(layers, name) and name not in _STATED]
)
def test_what_is_left_out_has_keras_default(name: str) -> None:
    kind, of_layer = getattr(layers, name), reading.LAYERS[name]
    told = {
        argument: _TOLD[argument]
        for argument, stated in inspect.signature(kind).parameters.items()
        if stated.default is stated.empty and stated.kind is stated.POSITIONAL_OR_KEYWORD
    }
    plain = json.loads(json.dumps(told))
    written = json.loads(json.dumps(kind(**told).get_config()))
    assert of_layer(plain) == of_layer(written)
