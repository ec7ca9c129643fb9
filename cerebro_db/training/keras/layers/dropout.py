"""Dropout whose rate is an input of the compiled program: configurations vary in it."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from cerebro_db.training.keras.layers._base import Shape, own_layer


@own_layer
class VariableDropout(keras.layers.Layer):
    """Keras' Dropout at the configuration's rate of a name.

    Its ``rate`` is a variable, but none of the weights; ``rate_name`` says which rate it is.
    """

    def __init__(self, rate: str, **options: Any) -> None:
        super().__init__(**options)
        self.rate_name = rate
        self.rate = tf.Variable(0.0, trainable=False)
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training:
            return x
        seed = tf.cast(self.seed_generator.next(), tf.int32)
        return tf.nn.experimental.stateless_dropout(x, rate=self.rate, seed=seed)

    def compute_output_shape(self, shape: Shape) -> Shape:
        return shape


@own_layer
class CodeDropout(VariableDropout):
    """Codes of categories of which some are dropped in training, at the configuration's rate of a
    name: they become 0, the code of values that are unknown, which is trained by that."""

    def call(self, codes: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training:
            return codes
        seed = tf.cast(self.seed_generator.next(), tf.int32)
        drawn = tf.random.stateless_uniform(tf.shape(codes), seed)
        return tf.where(drawn < self.rate, 0, codes)
