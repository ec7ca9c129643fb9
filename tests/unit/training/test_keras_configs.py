"""Configs as Keras 2 and Keras 3 write them give the networks that Keras has made of them.

``tests/configs`` has what Keras 2.15 wrote, and what it read of older forms, with the numbers that
its networks gave for fixed weights and inputs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from small_datasets import THREE, spec_of
from test_forward import built, logits

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.model import check_definition
from cerebro_db.model.admission import admit
from cerebro_db.model.cost.step import StepBounds, check_cost
from cerebro_db.model.signature import Input
from cerebro_db.model.spec import Spec
from cerebro_db.training.keras.network import build_network

_FOLDER = Path(__file__).parents[2] / "configs"
_OUTPUTS = json.loads((_FOLDER / "outputs.json").read_text())


def filled(variables: Any) -> None:
    """Give each weight numbers that depend on its shape alone."""
    for variable in variables:
        if variable.dtype == "float32":
            values = np.sin(np.arange(1, 1 + int(np.prod(variable.shape))))
            values = np.abs(values) if "variance" in variable.name else values
            variable.assign(values.reshape(variable.shape))


@pytest.mark.parametrize("name", _OUTPUTS)
def test_what_keras_2_wrote_is_the_same_network(name: str) -> None:
    network = built(admit(json.loads((_FOLDER / f"{name}.json").read_text())))
    filled(network.model.variables)
    (given,) = network.model.inputs
    shape = (2, *given.shape[1:])
    x = np.sin(np.arange(np.prod(shape)) + 0.5).reshape(shape)
    x = np.abs(x * 29).astype("int32") if name == "2.15_text" else x.astype("float32")
    weights = [w for layer in network.layers.values() for w in layer.weights]
    numbers = sum(int(np.prod(w.shape)) for w in weights if w.dtype == "float32")
    assert numbers == _OUTPUTS[name]["parameters"]
    found = np.asarray(network.model(x, training=False))
    np.testing.assert_allclose(found, _OUTPUTS[name]["output"], atol=2e-5)


def nested() -> keras.Model:
    """Models in models, called twice, with two outputs; operations between layers."""
    given = keras.Input((5,), name="numeric")
    inner = keras.Sequential([layers.Dense(6, "relu"), layers.Dense(4)], name="inner")
    taken = keras.Input((4,))
    pair = keras.Model(taken, [layers.Dense(3)(taken), inner(taken)], name="pair")
    shared = layers.Dense(4)
    one = shared(given)
    two = inner(layers.Dense(4)(one))
    three, four = pair(one)
    five, six = pair(two)
    x = keras.ops.relu(-(3.0 - three) / 2.0) * 0.5 + five
    x = keras.ops.concatenate([x - three, keras.ops.maximum(four, six)], axis=-1)
    last = keras.Input((7,))
    return keras.Model(given, keras.Model(last, layers.Dense(2)(last), name="end")(x))


def test_models_in_models_are_the_same_network() -> None:
    model = nested()
    network = built(admit(json.loads(model.to_json())))
    assert {name.partition(".")[0] for name in network.layers} >= {"inner", "pair", "end"}
    filled(model.variables)
    filled(network.model.variables)
    x = np.sin(np.arange(10.0)).reshape(2, 5).astype("float32")
    np.testing.assert_allclose(network.model(x), model(x), atol=1e-5)


APPLICATIONS = (
    "DenseNet121", "EfficientNetB0", "MobileNetV2", "MobileNetV3Small", "ResNet50", "ResNet50V2",
    "VGG16", "Xception",
)  # fmt: skip


@pytest.mark.parametrize("name", APPLICATIONS)
def test_networks_for_images_are_admitted(name: str) -> None:
    make = getattr(keras.applications, name)
    shape = (224, 224, 3) if name == "VGG16" else (96, 96, 3)
    model = make(weights=None, input_shape=shape, classes=3)
    document = json.loads(model.to_json())
    check_definition({"keras": document})
    definition = {"keras": document, "batch_size": 8, "optimizer": "sgd"}
    picture = Input("picture", "image", shape, "uint8")
    bounds = StepBounds(step_mb=64_000, step_gflop=64_000)
    if name == "DenseNet121":
        with pytest.raises(LimitExceeded, match=r"more time to compile.*in layer "):
            check_cost(spec_of(definition, (picture,), THREE), bounds)
        return
    cost = check_cost(spec_of(definition, (picture,), THREE), bounds)
    # Moments that nobody has stated, and the count of them, are none of ours.
    unstated = 7 if name == "EfficientNetB0" else 0
    assert cost.parameters == model.count_params() - unstated
    if name == "VGG16":
        with pytest.raises(LimitExceeded, match='state may have, in layer "fc1"'):
            check_cost(spec_of({**definition, "optimizer": "adam"}, (picture,), THREE), bounds)


def test_a_network_for_images_is_computed_without_a_framework() -> None:
    def build(x: Any) -> Any:
        made = keras.applications.MobileNetV3Small(
            weights=None, input_tensor=x, classes=3, classifier_activation=None
        )
        return made.output

    _, expected, found = logits(build, (32, 32, 3))
    assert found is not None
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_augmentation_is_drawn_from_the_state() -> None:
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="picture"),
            keras.Sequential(
                [layers.RandomFlip(), layers.RandomRotation(0.2), layers.RandomZoom(0.2)]
            ),
            layers.RandomTranslation(0.2, 0.2, seed=3),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )
    picture = Input("picture", "image", (8, 8, 1), "uint8")
    spec = spec_of({"keras": json.loads(model.to_json())}, (picture,), THREE)
    x = np.arange(64.0).reshape(1, 8, 8, 1) / 64
    drawn = []
    for seed in (5, 5, 6):
        network = build_network(spec, seed)
        first, second = (np.asarray(network.model(x, training=True)) for _ in range(2))
        assert not np.allclose(first, second)
        drawn.append(second)
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.allclose(drawn[1], drawn[2])


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (
            {"class_name": "Lambda", "config": {"name": "mine"}},
            'class that is not admitted: "Lambda", in layer "mine"',
        ),
        (
            {"class_name": "Dense", "config": {"name": "mine", "units": 0},
             "build_config": {"input_shape": {"class_name": "TensorShape", "items": [None, 3]}}},
            r'units must be an integer from 1 to 65,536, in layer "mine"',
        ),
        (
            {"class_name": "TFOpLambda", "config": {"name": "mine", "function": "io.write_file"}},
            'class that is not admitted: "TFOpLambda", in layer "mine"',
        ),
        (
            {"class_name": "Sequential", "config": {"name": "two", "layers": [
                {"class_name": "Dense", "config": {"name": "one", "units": 1, "fn": "x"}}]}},
            r'layers\[0\].config.layers\[0\].config has a member "fn".*, in layer "two.one"',
        ),
        (
            {"class_name": "Normalization", "config": {"name": "mine", "mean": [1.0],
             "variance": None}},
            'variance must be a number of at least 0, in layer "mine"',
        ),
    ],
)  # fmt: skip
def test_refusals_name_the_layer_and_the_reason(layer: dict[str, Any], says: str) -> None:
    config = {"class_name": "Sequential", "config": {"layers": [layer]}}
    with pytest.raises(InvalidArgument, match=says) as refusal:
        admit(config)
    assert "build_config" not in refusal.value.message


def test_axes_that_are_not_the_last_are_refused() -> None:
    model = keras.Sequential(
        [keras.Input((7, 6, 3)), layers.BatchNormalization(axis=1, name="n"), layers.Flatten(),
         layers.Dense(3)]
    )  # fmt: skip
    picture = Input("picture", "image", (7, 6, 3), "float32")
    spec = spec_of({"keras": json.loads(model.to_json())}, (picture,), THREE)
    with pytest.raises(InvalidArgument, match='does not fit here, in layer "n"') as refusal:
        check_cost(spec, StepBounds())
    assert "axis 1 is not the last one" in refusal.value.detail


def test_a_list_of_layers_that_an_earlier_release_kept_is_the_same_network() -> None:
    numbers = Input("numeric", "numeric", (5,), "float32")
    document = spec_of({"family": "linear"}, (numbers,), THREE).to_json()
    kept = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 5], "name": "input"}},
        {"class_name": "Dense", "config": {"units": 4}},
        {"class_name": "Dense", "config": {"units": 3, "name": "last"}},
    ]
    config = {"class_name": "Sequential", "config": {"name": "model", "layers": kept}}
    document["architecture"] = {"keras": config, "inputs": {"input": "numeric"}}
    network = build_network(Spec.from_json(document), seed=3)
    assert list(network.layers) == ["input", "dense_1", "last"]
    assert [tuple(v.shape) for v in network.variables] == [(5, 4), (4,), (4, 3), (3,)]
