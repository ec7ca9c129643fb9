"""Architectures as Keras writes them: admitted, rebuilt, trained, and predicting as plain Keras."""

import json
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
    NUMERIC,
    TEXT,
    THREE,
    VALUES,
    make_chunks,
    run_unit,
    spec_of,
)

from cerebro_db import training
from cerebro_db.errors import InvalidArgument
from cerebro_db.model.signature import TARGETS, Input, Output
from cerebro_db.tensors import unpack
from cerebro_db.training import UnitKey
from cerebro_db.training.keras import network
from cerebro_db.training.keras.building import Building
from cerebro_db.training.keras.network import build_network
from cerebro_db.training.keras.programs import PROGRAMS
from cerebro_db.training.keras.weights import weights

PICTURE = Input("picture", "image", (8, 8, 1), "uint8")


def convolutional() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), name="picture"),
            layers.ZeroPadding2D(1),
            layers.SeparableConv2D(4, 3, activation="relu", pointwise_initializer="he_normal"),
            layers.BatchNormalization(),
            layers.DepthwiseConv2D(3, padding="same"),
            layers.LeakyReLU(),
            layers.SpatialDropout2D(0.1),
            layers.UpSampling2D(2),
            layers.MaxPooling2D(2),
            layers.Conv2D(4, (3, 3), strides=2, kernel_regularizer="l2"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.GaussianNoise(0.1),
            layers.Dense(3, activation="softmax", kernel_constraint=keras.constraints.MaxNorm(2)),
        ]
    )


def recurrent() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((7,), name="words"),
            layers.Embedding(30, 6, mask_zero=True),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True, dropout=0.1)),
            layers.GRU(5, activity_regularizer=keras.regularizers.L1L2(0.01, 0.01)),
            layers.RepeatVector(2),
            layers.Permute((2, 1)),
            layers.SimpleRNN(3),
            layers.ReLU(),
            layers.Dense(1),
            layers.Activation("sigmoid"),
        ]
    )


def attentive() -> keras.Model:
    words, numbers = keras.Input((7,), name="words"), keras.Input((5,), name="numeric")
    x = layers.Embedding(30, 8)(words)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(x, x)])
    x = layers.LayerNormalization()(x)
    x = layers.Conv1D(4, 3, padding="causal")(layers.SpatialDropout1D(0.1)(x))
    pooled = [layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)]
    shared = layers.Dense(4, activation="tanh")
    sides = [shared(layers.Rescaling(0.5)(numbers)), shared(layers.ELU()(numbers))]
    x = layers.Concatenate()([*pooled, layers.Maximum()(sides), layers.Average()(sides)])
    return keras.Model([numbers, words], layers.Dense(2)(layers.Dropout(0.2)(x)))


MODELS: list[Any] = [
    pytest.param(convolutional, (PICTURE,), THREE, id="convolutional"),
    pytest.param(recurrent, (TEXT,), BINARY, id="recurrent"),
    pytest.param(attentive, (TEXT, NUMERIC), VALUES, id="attentive"),
]


@pytest.mark.parametrize(("make", "inputs", "output"), MODELS)
def test_what_keras_writes_is_trained(make: Any, inputs: Any, output: Output) -> None:
    definition = json.loads(make().to_json())
    spec = spec_of({"keras": definition, "batch_size": 8}, inputs, output)
    chunks = make_chunks(spec.signature, [40])
    key = UnitKey(0, 0, 1, 0)
    result = run_unit(spec, key, None, chunks, chunks)
    assert np.isfinite(result.training["loss"])
    repeated = run_unit(spec, key, None, chunks, chunks)
    assert repeated.state == result.state


@pytest.mark.parametrize(("make", "inputs", "output"), MODELS)
def test_predictions_equal_those_of_plain_keras(make: Any, inputs: Any, output: Output) -> None:
    plain = make()
    spec = spec_of({"keras": json.loads(plain.to_json()), "batch_size": 8}, inputs, output)
    chunks = make_chunks(spec.signature, [40])
    state = run_unit(spec, UnitKey(0, 0, 1, 0), None, chunks).state
    for variable, array in zip(plain.variables, _weights(state), strict=True):
        variable.assign(array)
    rows = {name: array for name, array in chunks[0].items() if name != TARGETS}
    if "picture" in rows:
        given: Any = rows["picture"].astype(np.float32) / 255
    else:
        given = [rows[tensor.name] for tensor in plain.inputs]
        given = given[0] if len(given) == 1 else given
    expected = np.asarray(plain(given, training=False))
    if output.task == "regression":
        expected = expected * output.scales + output.means
    found = training.predictor(spec, training.weights_of(state)).predict(rows)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_predictions_of_a_family_are_those_in_validation() -> None:
    spec = spec_of({"family": "mlp", "hidden": [8], "dropout": 0.5}, ALL_KINDS, THREE)
    chunks = make_chunks(spec.signature, [40, 1500])
    result = run_unit(spec, UnitKey(0, 0, 1, 0), None, chunks, chunks)
    answers = training.predictor(spec, training.weights_of(result.state))
    found = np.concatenate([answers.predict(chunk) for chunk in chunks])
    targets = np.concatenate([chunk[TARGETS] for chunk in chunks])
    assert result.validation is not None
    assert result.validation["accuracy"] == np.mean(found.argmax(axis=1) == targets)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    assert answers.predict({item.name: chunks[0][item.name][:0] for item in ALL_KINDS}).shape == (
        0,
        3,
    )


def test_placeholders_meet_the_dataset() -> None:
    entry = {"class_name": "InputLayer", "config": {"name": "categorical"}}
    config = [
        entry,
        {"class_name": "Embedding", "config": {"input_dim": "${vocabulary}", "output_dim": "${d}"}},
        {"class_name": "Flatten", "config": {}},
        {"class_name": "Dense", "config": {"units": "${outputs}"}},
    ]
    model = {"keras": {"class_name": "Sequential", "config": {"layers": config}}, "d": 3}
    spec = spec_of(model, (CODES, NUMERIC), THREE)
    result = run_unit(spec, UnitKey(0, 0, 1, 0), None, make_chunks(spec.signature, [20]))
    shapes = [array.shape for array in _weights(result.state)]
    assert shapes == [(9, 3), (6, 3), (3,)]


def test_models_that_keras_cannot_build_are_refused() -> None:
    recurrent_on_images = {"class_name": "LSTM", "config": {"units": 3}}
    model = {"class_name": "Sequential", "config": {"layers": [recurrent_on_images]}}
    spec = spec_of({"keras": model}, (IMAGE,), THREE)
    with pytest.raises(InvalidArgument, match="cannot be built for this dataset") as refusal:
        training.begin(spec, UnitKey(0, 0, 1, 0), None, poll=lambda: None)
    assert refusal.value.detail


def test_widths_are_checked_where_only_keras_knows_them() -> None:
    model = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Flatten"}]}}
    spec = spec_of({"keras": model}, (IMAGE,), THREE)
    with pytest.raises(InvalidArgument, match="gives 64 numbers a row"):
        training.begin(spec, UnitKey(0, 0, 1, 0), None, poll=lambda: None)


def _weights(state: bytes) -> list[np.ndarray]:
    tensors = unpack(state)
    return [tensors[name] for name in sorted(tensors) if name.startswith("weights/")]


@pytest.mark.parametrize(("make", "inputs", "output"), MODELS)
def test_a_model_is_built_as_keras_builds_it_but_layer_by_layer(
    make: Any, inputs: Any, output: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_of({"keras": json.loads(make().to_json())}, inputs, output)
    polls: list[None] = []
    ours = build_network(spec, 5, lambda: polls.append(None))
    assert len(polls) > 2 * len(ours.model.layers)

    def at_once(config: Any) -> Building:
        yield
        return keras.saving.deserialize_keras_object(config, safe_mode=True), {}

    monkeypatch.setattr(network, "building", at_once)
    theirs = build_network(spec, 5)
    assert ours.positions == theirs.positions
    found, expected = weights(ours), weights(theirs)
    assert list(found) == list(expected)
    for name, variable in expected.items():
        np.testing.assert_array_equal(np.asarray(found[name]), np.asarray(variable))


class GaveUp(Exception):
    pass


def test_building_and_compiling_can_be_given_up_between_layers() -> None:
    dense = {"class_name": "Dense", "config": {"units": 1}}
    definition = {"keras": {"class_name": "Sequential", "config": {"layers": [dense] * 20}}}
    spec = spec_of(definition, (NUMERIC,), BINARY)
    key = UnitKey(0, 1, 1, 0)
    polls = 0

    def count() -> None:
        nonlocal polls
        polls += 1

    PROGRAMS.clear()
    training.begin(spec, key, None, poll=count)
    assert polls > 3 * 20
    for allowed in range(0, polls, 9):
        left = allowed

        def give_up() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise GaveUp

        PROGRAMS.clear()
        with pytest.raises(GaveUp):
            training.begin(spec, key, None, poll=give_up)
