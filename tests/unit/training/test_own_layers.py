"""What layers of our own compute in training; what they need and predict, others test."""

import numpy as np
import pytest
import tensorflow as tf

from cerebro_db.training.keras.layers import (
    ParametricActivation,
    VariableDropout,
)


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("rate", [0.0, 0.15, 0.5])
def test_dropout_drops_a_share_and_keeps_the_mean(coarse: bool, rate: float) -> None:
    layer = VariableDropout("dropout", coarse=coarse)
    layer.rate = tf.constant(rate)
    x = tf.Variable(np.ones((501, 333), np.float32))
    with tf.GradientTape() as tape:
        first = layer(x, training=True)
    second = layer(x, training=True)
    assert set(np.unique(first)) <= {0.0, np.float32(1.0) / (np.float32(1.0) - np.float32(rate))}
    assert np.mean(first.numpy() == 0) == pytest.approx(rate, abs=0.005)
    assert np.array_equal(tape.gradient(first, x), first)
    assert np.array_equal(first, second) == (rate == 0)
    # Numbers side by side, of the same random bits, are dropped by themselves.
    dropped = (first.numpy() == 0).astype(float).reshape(-1)[:-1].reshape(-1, 2)
    assert np.mean(dropped.prod(axis=1)) == pytest.approx(rate**2, abs=0.005)
    assert np.array_equal(layer(x, training=False), x)


@pytest.mark.parametrize("activation", ["mish", "selu"])
def test_fused_activations_are_those_of_keras(activation: str) -> None:
    random = np.random.default_rng(0)
    x = tf.constant(np.concatenate([random.normal(size=(50, 6)) * 5, [[-90, -30, 0, 25, 60, 1e4]]]))
    x = tf.cast(x, tf.float32)
    layer = ParametricActivation(activation)
    layer.build(x.shape)
    layer.strength.assign(random.normal(size=6))
    function = tf.keras.activations.get(activation)
    found = []
    for apply in (layer, lambda x: x + (function(x) - x) * layer.strength):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = apply(x)
            loss = tf.reduce_sum(tf.tanh(y))
        found.append((y, *tape.gradient(loss, [x, layer.strength.value])))
    for fused, plain in zip(*found, strict=True):
        np.testing.assert_allclose(fused, plain, rtol=2e-5, atol=2e-5)
