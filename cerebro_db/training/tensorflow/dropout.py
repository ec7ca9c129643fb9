"""Random numbers for dropout."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def dropped(x: tf.Tensor, rate: Any, seed: tf.Tensor, coarse: bool) -> tf.Tensor:
    """Return x with some of its numbers 0, and the others larger by as much.

    Args:
        coarse: whether 16 random bits decide on each number, instead of 32: half as many are drawn,
            which takes half of the time.
    """
    seed = tf.cast(seed, tf.int32)
    if coarse:
        return _coarse(x, tf.convert_to_tensor(rate), seed)
    return tf.nn.experimental.stateless_dropout(x, rate=rate, seed=seed)


def uniform(like: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Return numbers in [0, 1), of another tensor's shape."""
    return tf.random.stateless_uniform(tf.shape(like), tf.cast(seed, tf.int32))


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
