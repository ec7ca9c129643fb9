"""What losses are computed with, on TensorFlow."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


class OfLogits:
    """See ``Maths``."""

    def constant(self, values: Any) -> tf.Tensor:
        return tf.constant(values)

    def like(self, targets: tf.Tensor, found: tf.Tensor) -> tf.Tensor:
        return tf.reshape(targets, tf.shape(found))

    def of_class(self, values: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
        return tf.gather(values, classes)

    def yes(self, found: tf.Tensor) -> tf.Tensor:
        return tf.sigmoid(found)

    def surprise(self, found: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        return _sigmoid_cross_entropy(found, targets)

    def surprise_of_class(self, found: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=classes, logits=found)

    def mean_surprise(self, found: tf.Tensor) -> tf.Tensor:
        return -tf.reduce_mean(tf.nn.log_softmax(found), axis=-1)

    def exp(self, x: tf.Tensor) -> tf.Tensor:
        return tf.exp(x)

    def square(self, x: tf.Tensor) -> tf.Tensor:
        return tf.square(x)

    def where(self, condition: tf.Tensor, yes: tf.Tensor, no: tf.Tensor) -> tf.Tensor:
        return tf.where(condition, yes, no)


@tf.custom_gradient
def _sigmoid_cross_entropy(logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """TensorFlow's, with a gradient of three operations where it has thirty."""
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
    return losses, lambda upstream: (upstream * (tf.sigmoid(logits) - targets), None)
