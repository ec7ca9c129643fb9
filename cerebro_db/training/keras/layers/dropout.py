"""Dropout whose rate is an input of the compiled program: configurations vary in it."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from cerebro_db.training.keras.layers._base import Shape, own_layer


class Dropping(keras.layers.Layer):
    """A layer that drops numbers at the configuration's rate of a name, or none.

    Its ``rate`` is a variable, but none of the weights; ``rate_name`` says which rate it is, and is
    "" for none. With ``coarse`` it draws 16 random bits for each number, half as many, and takes
    half of the time; the other way is that of earlier releases, whose states go on bit by bit.
    """

    def __init__(self, rate: str | None, coarse: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.rate_name, self.coarse = rate or "", coarse
        if rate:
            self.rate = tf.Variable(0.0, trainable=False)
            self.seed_generator = keras.random.SeedGenerator()

    def dropped(self, x: tf.Tensor) -> tf.Tensor:
        """Return x with some of its numbers 0, and the others larger by as much."""
        if not self.rate_name:
            return x
        seed = tf.cast(self.seed_generator.next(), tf.int32)
        if self.coarse:
            return _coarse(x, self.rate.read_value(), seed)
        return tf.nn.experimental.stateless_dropout(x, rate=self.rate, seed=seed)


@own_layer
class VariableDropout(Dropping):
    """Keras' Dropout at the configuration's rate of a name."""

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        return self.dropped(x) if training else x

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


@tf.custom_gradient
def _coarse(x: tf.Tensor, rate: tf.Tensor, seed: tf.Tensor) -> Any:
    count = tf.size(x)
    drawn = tf.random.stateless_uniform(
        [(count + 1) // 2], seed, minval=None, maxval=None, dtype=tf.uint32
    )
    bits = tf.reshape(tf.bitcast(drawn, tf.uint16), (-1,))[:count]
    kept = tf.reshape(tf.cast(bits, tf.float32) >= rate * 2.0**16, tf.shape(x))
    factor = tf.cast(kept, tf.float32) * (1.0 / (1.0 - rate))
    return x * factor, lambda upstream: (upstream * factor, None, None)
