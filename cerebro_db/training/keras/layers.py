"""Layers of our own, for what Keras' fix in the graph and configurations vary."""

from __future__ import annotations

import keras
import tensorflow as tf


class Dropout(keras.layers.Layer):
    """Keras' Dropout with a ``rate`` that can be set: a variable, but none of the weights."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = tf.Variable(rate, trainable=False)
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training:
            return x
        seed = tf.cast(self.seed_generator.next(), tf.int32)
        return tf.nn.experimental.stateless_dropout(x, rate=self.rate, seed=seed)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return shape
