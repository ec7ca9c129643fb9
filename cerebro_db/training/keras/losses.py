"""The loss of each row and the penalty on weights, from logits, in the graph."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Spec

# Focal loss for dense object detection (Lin et al., ICCV 2017), section 3.2.
_FOCUS = 2.0


def row_losses(spec: Spec, logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Return (rows,) losses, times the rows' label weights; for several outputs their mean."""
    match spec.signature.output.task:
        case "multiclass":
            return _softmax_losses(spec, logits, targets)
        case "regression":
            errors = logits - tf.reshape(targets, tf.shape(logits))
            return tf.reduce_mean(_ERRORS[spec.loss](errors), axis=1)
        case _:
            return _sigmoid_losses(spec, logits, tf.reshape(targets, tf.shape(logits)))


def penalty(spec: Spec, model: keras.Model) -> Any:
    """Return what the model's own regularizers and ``l2`` add to the loss of a mini-batch."""
    total = sum(model.losses)
    if spec.l2:
        kernels = [v for v in model.trainable_variables if v.name.endswith("kernel")]
        total += spec.l2 * sum(tf.reduce_sum(tf.square(kernel)) for kernel in kernels)
    return total


def predictions(output: Output, logits: tf.Tensor) -> tf.Tensor:
    """Return probabilities; for regression the standardised values themselves."""
    match output.task:
        case "multiclass":
            return tf.nn.softmax(logits)
        case "regression":
            return logits
        case _:
            return tf.sigmoid(logits)


def _sigmoid_losses(spec: Spec, logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    smooth = targets + spec.label_smoothing * (0.5 - targets)
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=smooth, logits=logits)
    if spec.loss == "focal":
        probability = tf.sigmoid(logits)
        losses *= tf.abs(targets - probability) ** _FOCUS
    if spec.label_weights is not None:
        if spec.signature.output.task == "binary":
            negative, positive = spec.label_weights
            losses *= negative + (positive - negative) * targets
        else:
            losses *= tf.constant([spec.label_weights])
    return tf.reduce_mean(losses, axis=1)


def _softmax_losses(spec: Spec, logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    own = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
    losses = own
    if spec.label_smoothing:
        average = -tf.reduce_mean(tf.nn.log_softmax(logits), axis=1)
        losses += spec.label_smoothing * (average - own)
    if spec.loss == "focal":
        losses *= (1.0 - tf.exp(-own)) ** _FOCUS
    if spec.label_weights is not None:
        losses *= tf.gather(tf.constant(spec.label_weights), targets)
    return losses


_ERRORS = {
    "mse": tf.square,
    "mae": tf.abs,
    # Quadratic up to one standard deviation, linear beyond.
    "huber": lambda e: tf.where(tf.abs(e) <= 1.0, 0.5 * tf.square(e), tf.abs(e) - 0.5),
}
