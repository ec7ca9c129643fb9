"""Every layer of Keras that is admitted trains with the framework of this process, to what other
frameworks come to, or is refused by name.

``tests/unit/training/test_frameworks.py`` starts this as it does ``conformance.py``.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from conformance import FRAMEWORK, first, note, trained
from keras import layers
from small_datasets import BINARY, CODES, IMAGE, NUMERIC, TEXT, make_chunks, run_unit, spec_of

from cerebro_db.errors import InvalidArgument
from cerebro_db.model import Spec
from cerebro_db.model.layers import LAYERS
from cerebro_db.model.layers._base import OWN
from cerebro_db.model.network import graph_of
from cerebro_db.model.trainable import check_layers
from cerebro_db.training import UnitKey


def vectors() -> tuple[Any, Any]:
    numbers, codes = keras.Input((5,), name="numeric"), keras.Input((2,), name="categorical")
    x = layers.Normalization(mean=[0.1, 0, 0, 0, 1], variance=[1, 2, 1, 1, 3])(numbers)
    x = layers.BatchNormalization()(layers.Dense(6, "gelu", kernel_constraint="non_neg")(x))
    sides = [layers.Dense(6)(x), layers.Dense(6, "tanh", kernel_regularizer="l2")(x)]
    one = layers.PReLU()(layers.Add()(sides))
    two = layers.ELU()(layers.Subtract()(sides))
    three = layers.LeakyReLU()(layers.Multiply()(sides))
    four = layers.ReLU()(layers.Average()([one, two]))
    five = layers.Maximum()([layers.Minimum()([three, four]), layers.Softmax()(one)])
    dot = layers.Dot(-1, normalize=True)([five, two])
    turned = layers.Permute((2, 1))(layers.RepeatVector(3)(five))
    vectors = layers.Flatten()(layers.Embedding(9, 3)(codes))
    joint = layers.Concatenate()([dot, layers.Flatten()(turned), vectors])
    return [numbers, codes], layers.Activation("mish")(layers.Rescaling(0.5)(joint))


def sequences() -> tuple[Any, Any]:
    numbers = keras.Input((5,), name="numeric")
    x = layers.Reshape((10, 4))(layers.Dense(40)(numbers))
    x = layers.LayerNormalization()(layers.TimeDistributed(layers.Dense(4, "relu"))(x))
    x = layers.GroupNormalization(2)(layers.MultiHeadAttention(2, 3)(x, x))
    x = layers.LayerNormalization(axis=1)(layers.Cropping1D(1)(x))
    parts = [layers.MaxPooling1D(2)(x), layers.AveragePooling1D(2)(x)]
    taken = [layers.GlobalMaxPooling1D()(parts[0]), layers.GlobalAveragePooling1D()(parts[1])]
    return numbers, layers.Concatenate()(taken)


def dropping() -> tuple[Any, Any]:
    numbers = keras.Input((5,), name="numeric")
    x = layers.GaussianNoise(0.5)(layers.Dropout(0.3)(numbers))
    x = layers.SpatialDropout1D(0.2)(layers.Reshape((8, 4))(layers.Dense(32)(x)))
    x = layers.MultiHeadAttention(2, 3, dropout=0.2)(x, x)
    return numbers, layers.Flatten()(layers.SpatialDropout2D(0.2)(layers.Reshape((4, 4, 2))(x)))


def convolutions() -> tuple[Any, Any]:
    image = keras.Input((8, 8, 1), name="photo")
    x = layers.Conv2D(4, 3, padding="same", strides=2, activation="tanh")(image)
    x = layers.UpSampling2D(2)(layers.Cropping2D(1)(layers.ZeroPadding2D(1)(x)))
    x = layers.DepthwiseConv2D(3)(layers.SeparableConv2D(4, 3, padding="same")(x))
    x = layers.Conv2DTranspose(4, 3, strides=2, padding="same")(x)
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    x = layers.AveragePooling2D(2)(x)
    lines = layers.Conv1DTranspose(3, 2)(layers.Conv1D(4, 3)(layers.Reshape((9, 4))(x)))
    taken = [layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)]
    return image, layers.Concatenate()([*taken, layers.Flatten()(lines)])


def reading() -> tuple[Any, Any]:
    words = keras.Input((7,), name="words")
    # In a Sequential Keras writes no operations for masks.
    read = [
        layers.Embedding(30, 4, mask_zero=True),
        layers.Masking(),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.GRU(4, return_sequences=True),
        layers.SimpleRNN(4),
    ]
    return words, keras.Sequential(read)(words)


def augmenting() -> tuple[Any, Any]:
    image = keras.Input((8, 8, 1), name="photo")
    x = layers.RandomRotation(0.1)(layers.RandomFlip()(image))
    return image, layers.Flatten()(layers.RandomZoom(0.2)(layers.RandomTranslation(0.1, 0.2)(x)))


INPUTS = {
    "numeric": NUMERIC,
    "categorical": CODES,
    "photo": replace(IMAGE, name="photo"),
    "words": TEXT,
}
AGREEING = (vectors, sequences, convolutions, reading)
DRAWING = (dropping, augmenting)


def network(make: Any) -> Spec:
    """Return the spec of a network that ends in what this function makes, and a dense layer."""
    given, x = make()
    model = keras.Model(given, layers.Dense(1)(x))
    inputs = [INPUTS[tensor.name] for tensor in model.inputs]
    definition = {"keras": json.loads(model.to_json()), "batch_size": 16, "learning_rate": 0.02}
    return replace(spec_of(definition, inputs, BINARY), framework=FRAMEWORK)


def trains(spec: Spec) -> bool:
    """Return whether the framework trains it, or refuses it by name."""
    try:
        check_layers(spec)
    except InvalidArgument:
        return False
    return True


@pytest.mark.parametrize("make", AGREEING)
def test_layers_train_as_with_any_framework(make: Any) -> None:
    spec = network(make)
    if not trains(spec):
        return
    chunks = make_chunks(spec.signature, [40, 7])
    begun = run_unit(spec, UnitKey(1, 2, 1, 0), first(spec), chunks)
    result = run_unit(spec, UnitKey(1, 2, 1, 1), begun.state, chunks, chunks[:1])
    assert result.validation is not None
    note(make.__name__, result)


@pytest.mark.parametrize("make", DRAWING)
def test_what_layers_draw_depends_on_the_state_alone(make: Any) -> None:
    spec = network(make)
    if not trains(spec):
        return
    assert trained(spec) == trained(spec)
    # Two steps draw differently: the same rows, and weights that stay.
    still = replace(spec, learning_rate=1e-30, batch_size=40)
    (chunk,) = make_chunks(spec.signature, [40])
    first_pass = run_unit(still, UnitKey(1, 2, 1, 0), None, [chunk])
    again = run_unit(still, UnitKey(1, 2, 1, 0), first_pass.state, [chunk])
    assert first_pass.training["loss"] != again.training["loss"]
    assert np.isfinite(again.training["loss"])


def test_every_admitted_layer_is_in_one_of_the_networks() -> None:
    used = {
        name
        for make in (*AGREEING, *DRAWING)
        for layer in graph_of(network(make)).architecture.keras["config"]["layers"]
        for name in (layer["class_name"], layer["config"].get("layer", {}).get("class_name"))
    }
    assert {layer.name for layer in LAYERS.values() if layer.module != OWN} <= used


def test_no_other_framework_is_imported() -> None:
    """Last of all: Keras asks for others where it looks at what layers wrap."""
    others = {"tensorflow", "jax", "torch"} - {FRAMEWORK}
    assert not others & set(sys.modules)
