"""What a configuration is thought to need, beside what Keras makes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import pytest
import tensorflow as tf
from keras import layers
from small_datasets import (
    ALL_KINDS,
    BINARY,
    CODES,
    IMAGE,
    NUMERIC,
    SPREAD,
    TABLE,
    TEXT,
    THREE,
    spec_of,
)
from test_registered import MODELS

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.model.cost.graph import walk
from cerebro_db.model.cost.ledger import Ledger
from cerebro_db.model.cost.step import (
    StepBounds,
    check_cost,
    forward_rows,
    ledger_of,
    training_work,
)
from cerebro_db.model.frameworks import Framework
from cerebro_db.model.graph import GraphBuilder
from cerebro_db.model.layers import LAYERS
from cerebro_db.model.layers._base import needs_of
from cerebro_db.model.signature import Input, Signature
from cerebro_db.training.keras import layers as own
from cerebro_db.training.keras.network import build_network
from cerebro_db.training.keras.programs import Pace
from cerebro_db.training.tensorflow.assembly import Assembly

FLAT, SERIES, PICTURE = (12,), (7, 4), (9, 8, 6)


def attention(**arguments: Any) -> layers.Layer:
    return layers.MultiHeadAttention(3, 4, **arguments)


# What makes a layer, and the shapes that it is called on.
CALLS: list[tuple[Callable[[], layers.Layer], tuple[Any, ...]]] = [
    (lambda: layers.Dense(5), (FLAT,)),
    (lambda: layers.Dense(5, use_bias=False, activation="relu"), (PICTURE,)),
    (lambda: layers.Embedding(20, 3), (FLAT,)),
    (lambda: own.ColumnEmbeddings((5, 7), 3), ((2,),)),
    (lambda: own.ColumnEmbeddings((5, 7, 2), 3, merge="sum"), ((3,),)),
    (lambda: own.ColumnEmbeddings((5, 7, 2), (4, 3, 4)), ((3,),)),
    (lambda: own.CodeDropout("unknown"), (FLAT,)),
    (lambda: layers.Conv1D(5, 3), (SERIES,)),
    (lambda: layers.Conv1D(4, 3, strides=2, padding="causal", groups=2), (SERIES,)),
    (lambda: layers.Conv1D(4, 3, dilation_rate=2, padding="same", use_bias=False), (SERIES,)),
    (lambda: layers.Conv2D(5, 3), (PICTURE,)),
    (lambda: layers.Conv2D(6, (2, 3), strides=(2, 1), padding="same", groups=3), (PICTURE,)),
    (lambda: layers.Conv2D(6, 3, dilation_rate=(1, 2), activation="tanh"), (PICTURE,)),
    (lambda: layers.SeparableConv2D(5, 3, depth_multiplier=2), (PICTURE,)),
    (lambda: layers.SeparableConv2D(5, 3, strides=2, padding="same", use_bias=False), (PICTURE,)),
    (lambda: layers.DepthwiseConv2D(3, depth_multiplier=2), (PICTURE,)),
    (lambda: layers.MaxPooling1D(), (SERIES,)),
    (lambda: layers.MaxPooling1D(3, strides=1, padding="same"), (SERIES,)),
    (lambda: layers.AveragePooling1D(3, strides=2), (SERIES,)),
    (lambda: layers.MaxPooling2D((2, 3)), (PICTURE,)),
    (lambda: layers.AveragePooling2D(2, strides=(1, 3), padding="same"), (PICTURE,)),
    (lambda: layers.GlobalAveragePooling1D(), (SERIES,)),
    (lambda: layers.GlobalMaxPooling1D(keepdims=True), (SERIES,)),
    (lambda: layers.GlobalAveragePooling2D(keepdims=True), (PICTURE,)),
    (lambda: layers.GlobalMaxPooling2D(), (PICTURE,)),
    (lambda: layers.LSTM(5), (SERIES,)),
    (lambda: layers.LSTM(5, return_sequences=True, use_bias=False), (SERIES,)),
    (lambda: layers.GRU(5), (SERIES,)),
    (lambda: layers.GRU(5, reset_after=False), (SERIES,)),
    (lambda: layers.SimpleRNN(5), (SERIES,)),
    (lambda: layers.Bidirectional(layers.GRU(5)), (SERIES,)),
    (
        lambda: layers.Bidirectional(layers.LSTM(5, return_sequences=True), merge_mode="sum"),
        (SERIES,),
    ),
    (
        lambda: layers.Bidirectional(
            layers.LSTM(5), backward_layer=layers.GRU(5, go_backwards=True), merge_mode="concat"
        ),
        (SERIES,),
    ),
    (lambda: attention(), (SERIES, (9, 5))),
    (lambda: attention(value_dim=6, use_bias=False), (SERIES, (9, 5), (9, 3))),
    (lambda: attention(use_gate=True), (SERIES, SERIES)),
    (lambda: attention(attention_axes=(2,)), (PICTURE, PICTURE)),
    (lambda: layers.BatchNormalization(), (PICTURE,)),
    (lambda: layers.BatchNormalization(scale=False, center=False), (FLAT,)),
    (lambda: layers.LayerNormalization(), (SERIES,)),
    (lambda: layers.LayerNormalization(axis=[1, 2], center=False), (SERIES,)),
    (lambda: layers.Activation("relu"), (FLAT,)),
    (lambda: layers.ReLU(), (FLAT,)),
    (lambda: layers.LeakyReLU(), (FLAT,)),
    (lambda: layers.ELU(), (FLAT,)),
    (lambda: layers.Softmax(), (FLAT,)),
    (lambda: layers.Dropout(0.1), (FLAT,)),
    (lambda: own.VariableDropout("dropout"), (FLAT,)),
    (lambda: own.VariableDropout("dropout", coarse=True), (FLAT,)),
    (lambda: layers.SpatialDropout1D(0.1), (SERIES,)),
    (lambda: layers.SpatialDropout2D(0.1), (PICTURE,)),
    (lambda: layers.GaussianNoise(0.1), (FLAT,)),
    (lambda: layers.Rescaling(2.0), (FLAT,)),
    (lambda: layers.Flatten(), (PICTURE,)),
    (lambda: layers.Reshape((3, -1, 2)), (FLAT,)),
    (lambda: layers.Permute((3, 1, 2)), (PICTURE,)),
    (lambda: layers.RepeatVector(4), (FLAT,)),
    (lambda: layers.ZeroPadding2D(), (PICTURE,)),
    (lambda: layers.ZeroPadding2D(((1, 2), (3, 4))), (PICTURE,)),
    (lambda: layers.ZeroPadding2D((2, 0)), (PICTURE,)),
    (lambda: layers.UpSampling2D((2, 3)), (PICTURE,)),
    (own.WordMask, (FLAT,)),
    (lambda: own.RobustClip([0.5] * 12, [2.0] * 12), (FLAT,)),
    (lambda: own.CosineNumbers([0, 3, 11], 16, 4, 0.1), (FLAT,)),
    (own.Scaling, (FLAT,)),
    (lambda: own.NtpDense(5), (FLAT,)),
    (lambda: own.ParametricActivation("mish"), (FLAT,)),
    (lambda: own.ParametricActivation("gelu"), (SERIES,)),
    (own.LogitDifference, ((2,),)),
    (own.MaskedMean, (SERIES, (7,))),
    (own.MaskedMax, (SERIES, (7,))),
    (lambda: own.TakeColumns([3, 0]), (FLAT,)),
    (lambda: own.TakeColumns([1]), (SERIES,)),
    (lambda: own.PiecewiseEncoding([[0, 1, 2], [0, 1]]), ((2,),)),
    (lambda: own.LinearNumbers(3), (FLAT,)),
    (lambda: own.PiecewiseNumbers([[0, 1, 2], [0, 1]], 3), ((2,),)),
    (lambda: own.PeriodicNumbers(4, 0.1, 3), (FLAT,)),
    (lambda: own.ScaledHeads(3, "signs", [5, 7]), (FLAT,)),
    (lambda: own.SharedDense(5, 3, scaling="normal", chunks=[12]), (FLAT,)),
    (lambda: own.SharedDense(5, 7), (SERIES,)),
    (lambda: own.HeadDense(5), (SERIES,)),
    (lambda: own.CodeTokens([5, 7], 3), ((2,),)),
    (own.AnswerToken, (SERIES,)),
    (lambda: own.TokenAttention(2), (SERIES,)),
    (lambda: own.TokenAttention(4, "attention_dropout", first=True), (SERIES,)),
    (lambda: layers.Conv1DTranspose(5, 3, strides=2), (SERIES,)),
    (lambda: layers.Conv1DTranspose(5, 2, strides=3, padding="same"), (SERIES,)),
    (lambda: layers.Conv2DTranspose(5, (2, 3), strides=(3, 1), use_bias=False), (PICTURE,)),
    (lambda: layers.GroupNormalization(2), (PICTURE,)),
    (lambda: layers.GroupNormalization(-1, axis=1, scale=False), (PICTURE,)),
    (lambda: layers.Normalization(mean=[1.0] * 4, variance=[2.0] * 4), (SERIES,)),
    (lambda: layers.Normalization(axis=None, mean=1.0, variance=2.0), (SERIES,)),
    (lambda: layers.BatchNormalization(axis=3), (PICTURE,)),
    (lambda: layers.Masking(2.0), (SERIES,)),
    (lambda: layers.PReLU(), (SERIES,)),
    (lambda: layers.PReLU(shared_axes=[1, 2]), (PICTURE,)),
    (lambda: layers.Cropping1D((1, 2)), (SERIES,)),
    (lambda: layers.Cropping2D(((1, 2), (0, 3))), (PICTURE,)),
    (lambda: layers.Cropping2D(2), (PICTURE,)),
    (lambda: layers.RandomFlip(), (PICTURE,)),
    (lambda: layers.RandomRotation(0.1), (PICTURE,)),
    (lambda: layers.RandomTranslation(0.1, (-0.1, 0.2)), (PICTURE,)),
    (lambda: layers.RandomZoom(0.1), (PICTURE,)),
    (lambda: layers.TimeDistributed(layers.Dense(5)), (SERIES,)),
    (lambda: layers.TimeDistributed(layers.Conv1D(5, 3)), (PICTURE,)),
    (lambda: layers.TimeDistributed(layers.BatchNormalization()), (PICTURE,)),
    (lambda: layers.Dot(1), (SERIES, (7, 3))),
    (lambda: layers.Dot((2, 1), normalize=True), ((7, 4), (4, 3))),
    (lambda: layers.Dot(-1), ((4,), (4,))),
    (layers.Add, (SERIES, (4,), SERIES)),
    (lambda: layers.Concatenate(), (SERIES, (7, 3))),
    (lambda: layers.Concatenate(axis=1), (SERIES, (2, 4), SERIES)),
    *[
        (kind, ((7, 1), (1, 4)))
        for kind in (
            layers.Add,
            layers.Subtract,
            layers.Multiply,
            layers.Average,
            layers.Maximum,
            layers.Minimum,
        )
    ],
]


@pytest.mark.parametrize(("make", "shapes"), CALLS)
def test_weights_and_shapes_are_those_of_keras(
    make: Callable[[], layers.Layer], shapes: Any
) -> None:
    layer = make()
    of_ids = (layers.Embedding, own.ColumnEmbeddings, own.CodeTokens, own.WordMask, own.CodeDropout)
    dtype = "int32" if isinstance(layer, of_ids) else "float32"
    tensors = [keras.Input(shape, dtype=dtype) for shape in shapes]
    apart = len(tensors) == 1 or isinstance(layer, layers.MultiHeadAttention)
    output = layer(*tensors) if apart else layer(tensors)
    config = as_json(layer)["config"]
    known = LAYERS[type(layer).__name__]
    needs = needs_of(known, config, shapes)
    assert needs.shape == tuple(output.shape[1:])
    assert sorted(needs.trained) == sorted(tuple(w.shape) for w in layer.trainable_weights)
    assert sorted(needs.weights) == sorted(tuple(w.shape) for w in layer.weights)
    assert bool(needs.weights) == known.with_weights
    assert needs.kept >= 0
    assert needs.operations >= 0


def test_every_admitted_layer_is_covered() -> None:
    assert {type(make()).__name__ for make, _ in CALLS} | {"InputLayer"} == set(LAYERS)


FAMILIES: list[Any] = [
    ({"family": "mlp", "dropout": 0.1, "batch_norm": True}, ALL_KINDS),
    ({"family": "mlp", "hidden": []}, (NUMERIC,)),
    ({"family": "linear", "embedding_dim": 3}, ALL_KINDS),
    ({"family": "wide_deep"}, ALL_KINDS),
    ({"family": "realmlp", "hidden": [7, 5]}, ALL_KINDS),
    ({"family": "realmlp"}, (SPREAD,)),
    ({"family": "cnn", "filters": [3, 4], "batch_norm": True}, ALL_KINDS),
    ({"family": "cnn", "filters": [3], "pool": 1}, (IMAGE,)),
    ({"family": "text", "pooling": "mean"}, (TEXT, CODES)),
    ({"family": "text", "pooling": "max", "embedding_dropout": 0.3}, (TEXT,)),
    ({"family": "text", "pooling": "lstm", "units": 5}, (TEXT, NUMERIC)),
    ({"family": "mlp", "numbers": "piecewise"}, TABLE),
    ({"family": "linear", "numbers": "piecewise", "numbers_dim": 3}, TABLE),
    ({"family": "resnet", "units": 8, "numbers": "periodic"}, TABLE),
    # A block has a unit at least.
    ({"family": "resnet", "units": 8, "hidden_factor": 1e-9}, TABLE),
    ({"family": "ft_transformer", "units": 8, "hidden_factor": 0.1}, TABLE),
    ({"family": "tabm", "units": 8, "heads": 3}, ALL_KINDS),
    ({"family": "tabm", "units": 8, "mini": True, "numbers": "piecewise"}, TABLE),
    ({"family": "ft_transformer", "units": 8}, TABLE),
    ({"family": "ft_transformer", "units": 8, "numbers": "periodic"}, TABLE),
]
OPTIMIZERS: list[dict[str, Any]] = [
    {"optimizer": "adam"},
    {"optimizer": "adamw", "amsgrad": True},
    {"optimizer": "sgd"},
    {"optimizer": "sgd", "momentum": 0.9},
    {"optimizer": "rmsprop", "centered": True},
    {"optimizer": "rmsprop", "ema": 0.9},
    {"optimizer": "adagrad"},
    {"optimizer": "nadam"},
    {"optimizer": "adafactor"},
    {"optimizer": "lion"},
    {"optimizer": "muon"},
]


def as_json(made: Any) -> Any:
    return json.loads(json.dumps(keras.saving.serialize_keras_object(made)))


def models() -> list[Any]:
    own = [({"keras": made}, inputs, output) for made, inputs, output in (m.values for m in MODELS)]
    return [*((definition, inputs, THREE) for definition, inputs in FAMILIES), *own]


@pytest.mark.parametrize("number", range(len(FAMILIES) + len(MODELS)))
def test_states_are_as_large_as_they_are(number: int) -> None:
    definition, inputs, output = models()[number]
    if "keras" in definition:
        definition = {"keras": as_json(definition["keras"]())}
    optimizer = OPTIMIZERS[number % len(OPTIMIZERS)]
    spec = spec_of({**definition, **optimizer}, inputs, output)
    network = build_network(spec)
    cost = check_cost(spec, StepBounds())
    assert cost.parameters == network.model.count_params()
    # Layers with weights have one name in both.
    expected = {
        name: sorted(tuple(weight.shape) for weight in layer.weights)
        for name, layer in network.layers.items()
        if layer.weights
    }
    weighted = ledger_of(spec).weighted
    assert {name: sorted(found.weights) for name, found in weighted.items()} == expected
    # Beside them the number of the step, and random generators.
    assert 0 <= Assembly(spec, network).size - cost.state < 8 * (2 + len(network.model.layers))


def sequential(*made: Any) -> dict[str, Any]:
    """Return a definition; layers are (class, arguments)."""
    inner = [{"class_name": name, "config": config} for name, config in made]
    return {"keras": {"class_name": "Sequential", "config": {"layers": inner}}}


WIDE = ("Dense", {"units": 65_536})
LAST = ("Dense", {"units": 1})


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ({"family": "mlp", "hidden": [64, 65_536, 65_536]}, "hidden[2]"),
        (sequential(LAST, WIDE, WIDE, LAST), "$.config.layers[3]"),
    ],
)
def test_too_many_weights(definition: dict[str, Any], place: str) -> None:
    with pytest.raises(LimitExceeded, match="more weights than a state may have") as refusal:
        check_cost(spec_of(definition, (NUMERIC,), BINARY), StepBounds())
    assert refusal.value.message.startswith(f"{place} (Dense): ")


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        (StepBounds(step_mb=10), "more memory than a step may take"),
        (StepBounds(step_gflop=1), "more time than a step may take"),
    ],
)
def test_bounds_of_a_step(bounds: StepBounds, says: str) -> None:
    def spec(batch_size: int) -> Any:
        definition = {"family": "mlp", "hidden": [256, 256], "batch_size": batch_size}
        return spec_of(definition, (NUMERIC,), BINARY)

    check_cost(spec(32), bounds)
    with pytest.raises(LimitExceeded, match=says):
        check_cost(spec(65_536), bounds)
    # No mini-batch has more rows than a chunk.
    check_cost(spec(65_536), replace(bounds, rows=32))


@pytest.mark.parametrize(
    "made",
    [
        [("Conv2D", {"filters": 4, "kernel_size": 3}), LAST],
        [("Reshape", {"target_shape": [3, 3]}), LAST],
        [("Reshape", {"target_shape": [-1, -1]}), LAST],
        [("Reshape", {"target_shape": [0, -1]}), LAST],
        [("Permute", {"dims": [2, 1]}), LAST],
        [("LSTM", {"units": 4}), LAST],
        [("Dense", {})],
        [("RepeatVector", {"n": 3}), ("MaxPooling1D", {"pool_size": 4}), LAST],
        [
            ("RepeatVector", {"n": 3}),
            ("Conv1D", {"filters": 4, "kernel_size": 2, "groups": 3}),
            LAST,
        ],
        [("RepeatVector", {"n": 3}), ("LayerNormalization", {"axis": 3}), LAST],
    ],
)
def test_layers_that_do_not_fit(made: Any) -> None:
    definition = sequential(*made)
    spec = spec_of(definition, (NUMERIC,), BINARY)
    with pytest.raises(InvalidArgument):
        build_network(spec)
    with pytest.raises(InvalidArgument, match=r"^\$.config.layers\[\d\] \(\w+\) does not fit"):
        check_cost(spec, StepBounds())


def test_shapes_that_explode_are_only_numbers() -> None:
    picture = ("Reshape", {"target_shape": [1, 1, 5]})
    enlarged = [("UpSampling2D", {"size": 256})] * 60
    spec = spec_of(sequential(picture, *enlarged, ("Flatten", {}), LAST), (NUMERIC,), BINARY)
    with pytest.raises(LimitExceeded, match=r"^\$.config.layers\[3\] .* needs more memory"):
        check_cost(spec, StepBounds())
    assert forward_rows(spec) == 1


def test_layers_that_people_know_by_the_same_have_weights_each() -> None:
    signature = Signature((NUMERIC,), BINARY)
    builder = GraphBuilder(signature)
    x = builder.input(NUMERIC)
    for name in ("one", "two"):
        x = builder.layer("block[0]", "Dense", {"units": 7}, x, name=name)
    ledger = Ledger()
    walk(ledger, builder.ending(x), signature, {})
    trained = [entry.needs.trained for entry in ledger]
    assert trained == [(), ((5, 7), (7,)), ((7, 7), (7,))]


def test_weights_that_are_shared_or_frozen_count_once_or_have_no_slots() -> None:
    frozen = sequential(("Dense", {"units": 100, "trainable": False}), LAST)
    cost = check_cost(spec_of(frozen, (NUMERIC,), BINARY), StepBounds())
    assert cost.parameters == 5 * 100 + 100 + 101
    assert cost.state == 4 * (cost.parameters + 2 * 101)


# TensorFlow's own count knows of a loop's body once.
@pytest.mark.parametrize(
    ("make", "inputs", "output"), [model for model in MODELS if model.id != "recurrent"]
)
def test_operations_are_those_of_the_graph(make: Any, inputs: Any, output: Any) -> None:
    spec = spec_of({"keras": as_json(make()), "batch_size": 1}, inputs, output)
    network = build_network(spec)
    rows = [tf.TensorSpec((1, *item.shape), item.dtype) for item in spec.signature.inputs]
    graph = tf.function(lambda *x: network.logits(x, training=False)).get_concrete_function(*rows)
    profile = tf.compat.v1.profiler
    options = profile.ProfileOptionBuilder(profile.ProfileOptionBuilder.float_operation())
    counted = profile.profile(graph.graph, options=options.with_empty_output().build())
    forward = check_cost(spec, StepBounds()).operations / 3
    assert counted.total_float_ops < forward < 2 * counted.total_float_ops


def series(*made: Any, steps: int = 10) -> dict[str, Any]:
    """Return a definition of layers over a series that is as long as is wanted."""
    return sequential(("Flatten", {}), ("RepeatVector", {"n": steps}), *made, LAST)


def recurrent(kind: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    return kind, {"units": 1, "return_sequences": True, **arguments}


ORTHOGONAL = {"class_name": "Orthogonal", "config": {"gain": 2.0}}
WIDE_ROW = Input("numeric", "numeric", (10_000,), "float32")


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        (
            sequential(("Dense", {"units": 10_000, "kernel_initializer": "orthogonal"}), LAST),
            r"\$.config.layers\[1\] \(Dense\)",
        ),
        (
            sequential(("Dense", {"units": 9_000, "kernel_initializer": ORTHOGONAL}), LAST),
            r"\$.config.layers\[1\] \(Dense\)",
        ),
        # Recurrent ones are orthogonal unless another is stated.
        (
            series(("LSTM", {"units": 4_096, "return_sequences": False}), steps=1),
            r"\$.config.layers\[3\] \(LSTM\)",
        ),
        (
            series(("GRU", {"units": 4_096, "return_sequences": False}), steps=1),
            r"\$.config.layers\[3\] \(GRU\)",
        ),
        (
            sequential(
                ("Reshape", {"target_shape": [4, 2_500]}),
                (
                    "Conv1D",
                    {"filters": 4_096, "kernel_size": 4, "kernel_initializer": "orthogonal"},
                ),
                LAST,
            ),
            r"\$.config.layers\[2\] \(Conv1D\)",
        ),
    ],
)
def test_initializers_are_bounded(definition: dict[str, Any], place: str) -> None:
    spec = spec_of({**definition, "optimizer": "sgd", "batch_size": 1}, (WIDE_ROW,), BINARY)
    bounds = StepBounds(step_mb=100_000)
    with pytest.raises(
        LimitExceeded, match=f"^{place}: its initializer needs more time"
    ) as refusal:
        check_cost(spec, bounds)
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("made", "position"),
    [
        ([recurrent("LSTM")] * 120, 28),
        ([recurrent("GRU")] * 120, 19),
        ([recurrent("SimpleRNN")] * 120, 35),
        ([("Bidirectional", {"layer": {"class_name": "LSTM", "config": {"units": 1,
          "return_sequences": True}}})] * 60, 15),
        ([("BatchNormalization", {})] * 300, 106),
    ],
)  # fmt: skip
def test_what_there_is_to_compile_is_bounded(made: Any, position: int) -> None:
    spec = spec_of(series(*made), (NUMERIC,), BINARY)
    with pytest.raises(LimitExceeded, match="more time to compile") as refusal:
        check_cost(spec, StepBounds())
    assert refusal.value.message.startswith(f"$.config.layers[{position}] ")


@pytest.mark.parametrize(
    ("layers", "framework", "fits"),
    [(100, "jax", True), (101, "jax", False), (101, "tensorflow", True)],
)
def test_a_call_of_xla_compiles_less(layers: int, framework: Framework, fits: bool) -> None:
    spec = spec_of(sequential(*[LAST] * layers), (NUMERIC,), BINARY)
    bounded = replace(spec, framework=framework)
    if fits:
        assert check_cost(bounded, StepBounds()).graph == layers
        return
    with pytest.raises(LimitExceeded, match="more time to compile") as refusal:
        check_cost(bounded, StepBounds())
    assert "100 are the most for JAX" in refusal.value.detail


@pytest.mark.parametrize(
    ("optimizer", "each"), [("adam", 1), ("lion", 1), ("nadam", 2), ("adafactor", 2), ("muon", 3)]
)
def test_steps_of_optimizers_are_to_be_compiled_too(optimizer: str, each: int) -> None:
    spec = spec_of({**sequential(*[LAST] * 7), "optimizer": optimizer}, (NUMERIC,), BINARY)
    assert check_cost(spec, StepBounds()).graph == 7 * each
    # A table of words and a kernel, of which muon moves the kernel alone as a matrix.
    words = {"family": "text", "hidden": [], "optimizer": optimizer}
    assert (
        check_cost(spec_of(words, (TEXT,), BINARY), StepBounds()).graph
        - check_cost(spec_of({**words, "optimizer": "adam"}, (TEXT,), BINARY), StepBounds()).graph
        == {"adam": 0, "lion": 0, "nadam": 2, "adafactor": 2, "muon": 2}[optimizer]
    )


def test_products_of_muon_take_time_however_few_rows() -> None:
    def spec(**own: Any) -> Any:
        definition = {"family": "mlp", "hidden": [4_000, 4_000], "batch_size": 1, **own}
        return spec_of(definition, (NUMERIC,), BINARY)

    check_cost(spec(optimizer="adam"), StepBounds())
    check_cost(spec(optimizer="muon", ns_steps=1), StepBounds())
    found = check_cost(spec(optimizer="muon", ns_steps=2), StepBounds()).work
    # Two steps of three products of 4,000 numbers with each other in 4,000 by 4,000 places.
    assert found == pytest.approx(2 * 3 * 2 * 4_000**3, rel=0.01)
    with pytest.raises(LimitExceeded, match="more time than a step may take"):
        check_cost(spec(optimizer="muon"), StepBounds())
    assert Pace(lambda rows: training_work(spec(optimizer="muon"), rows)).batches(1) == 1


def test_as_many_dense_layers_as_are_admitted_can_be_compiled() -> None:
    spec = spec_of(sequential(*[LAST] * 500), (NUMERIC,), BINARY)
    assert check_cost(spec, StepBounds()).graph == 500


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_turns_of_a_loop_take_time_however_few_numbers(kind: str) -> None:
    image = Input("photo", "image", (256, 256, 1), "uint8")
    flat = [("Reshape", {"target_shape": [65_536, 1]}), *[recurrent(kind)] * 2, ("Flatten", {})]
    made = [*flat, LAST]
    spec = spec_of({**sequential(*made), "batch_size": 1}, (image,), BINARY)
    with pytest.raises(LimitExceeded, match=rf"\({kind}\): the model needs more time than a step"):
        check_cost(spec, StepBounds())


@pytest.mark.parametrize(
    "layer",
    [
        ("Conv2D", {"filters": 4, "kernel_size": 201, "padding": "same"}),
        ("Conv2D", {"filters": 64, "kernel_size": 5, "padding": "same", "groups": 64}),
        ("DepthwiseConv2D", {"kernel_size": 101, "padding": "same"}),
        ("MaxPooling2D", {"pool_size": 151, "strides": 1, "padding": "same"}),
    ],
)
def test_windows_without_fast_code_take_longer(layer: Any) -> None:
    """The operations alone would be within the bound, and take minutes."""
    image = Input("photo", "image", (256, 256, 64), "uint8")
    definition = sequential(layer, ("GlobalAveragePooling2D", {}), LAST)
    size = 1 if layer[1].get("groups", 1) == 1 else 256
    spec = spec_of({**definition, "batch_size": size}, (image,), BINARY)
    wide = StepBounds(step_gflop=10**9, step_mb=10**6)
    bounds = replace(wide, step_gflop=check_cost(spec, wide).operations // 10**9 + 1)
    with pytest.raises(LimitExceeded, match="the model needs more time than a step may take"):
        check_cost(spec, bounds)


def test_the_first_call_is_as_short_as_is_expected() -> None:
    assert Pace(lambda rows: 10**6 * rows).batches(32) == 10
    assert Pace(lambda rows: 10**9 * rows).batches(3) == 4
    assert Pace(lambda rows: 10**12).batches(1) == 1


_MEASURE = """
import sys
from pathlib import Path
sys.path[:0] = {path!r}
from small_datasets import BINARY, make_chunks, spec_of
from cerebro_db import training
from cerebro_db.model.cost.step import StepBounds, check_cost
from cerebro_db.model.signature import Input

def peak():
    # What getrusage gives begins with the parent's.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

definition, rows, picture = {definition!r}, {rows!r}, Input("photo", "image", (28, 28, 3), "uint8")
spec = spec_of(definition | {{"batch_size": rows}}, (picture,), BINARY)
few, many = make_chunks(spec.signature, [4, rows])
work = training.begin(spec, training.UnitKey(0, 1, 1, 0), None, poll=lambda: None)
work.train(few)
before = peak()
work.train(many)
print((peak() - before) / check_cost(spec, StepBounds()).activations)
"""


@pytest.mark.parametrize(
    ("definition", "rows"),
    [
        ({"family": "cnn", "filters": [32, 64]}, 1024),
        ({"family": "mlp", "hidden": [512] * 4, "optimizer": "sgd"}, 16_384),
    ],
)
def test_activations_are_a_part_of_what_a_process_takes(
    definition: dict[str, Any], rows: int
) -> None:
    code = _MEASURE.format(path=sys.path, definition=definition, rows=rows)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    )
    assert 1 / 4 < float(done.stdout) < 2
