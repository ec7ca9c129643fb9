"""The loss of each row and the penalty on weights, from logits, in the graph."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from cerebro_db.errors import CodeFailed
from cerebro_db.model.code import Code
from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Spec
from cerebro_db.training.registered import blamed_on, load
from cerebro_db.training.tensorflow.heads import of_each_head
from cerebro_db.training.tensorflow.rates import Rates

# Focal loss for dense object detection (Lin et al., ICCV 2017), section 3.2.
_FOCUS = 2.0


def row_losses(spec: Spec, rates: Rates, logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Return (rows,) losses, times the rows' label weights; for several outputs, and for several
    heads, their mean.

    Args:
        logits: (rows, units) or (rows, heads, units).

    Raises:
        CodeFailed: a registered loss raises, or gives something else.
    """
    return of_each_head(lambda x, truth: _row_losses(spec, rates, x, truth), logits, targets)


def penalties(spec: Spec, rates: Rates, model: keras.Model) -> list[tf.Tensor]:
    """Return what the model's own regularizers and ``l2`` add to the loss of a mini-batch."""
    found = list(model.losses)
    if spec.l2:
        kernels = [v for v in model.trainable_variables if v.name.endswith("kernel")]
        found += [rates["l2"] * tf.reduce_sum(tf.square(kernel)) for kernel in kernels]
    return found


def predictions(output: Output, logits: tf.Tensor) -> tf.Tensor:
    """Return probabilities; for regression the standardised values themselves."""
    match output.task:
        case "multiclass":
            return tf.nn.softmax(logits)
        case "regression":
            return logits
        case _:
            return tf.sigmoid(logits)


def registered_losses(
    code: Code, output: Output, logits: tf.Tensor | np.ndarray, targets: tf.Tensor | np.ndarray
) -> tf.Tensor:
    """Return the (rows,) losses that a registered one gives.

    Raises:
        CodeFailed: it raises, or gives something else.
    """
    logits, targets = tf.convert_to_tensor(logits), tf.convert_to_tensor(targets)
    truth = targets if output.task == "multiclass" else tf.reshape(targets, tf.shape(logits))
    # What the source makes when it is executed belongs to no graph, as every program uses it.
    with tf.init_scope():
        function = load(code)
    with blamed_on(code):
        losses = tf.convert_to_tensor(function(truth, logits))
    if losses.shape.rank != 1 or losses.dtype != tf.float32:
        raise CodeFailed(
            f"registered loss {code.name} has to give one float32 for each row",
            detail=f"It gave {losses.dtype.name} of shape {losses.shape}.",
            hint="Take the mean over the last axis, and not over the rows.",
        )
    # Fails where these are not as many as rows.
    return tf.reshape(losses, tf.shape(logits)[:1])


def _row_losses(spec: Spec, rates: Rates, logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    for code in spec.registered("loss"):
        return registered_losses(code, spec.signature.output, logits, targets)
    match spec.signature.output.task:
        case "multiclass":
            return _softmax_losses(spec, rates, logits, targets)
        case "regression":
            errors = logits - tf.reshape(targets, tf.shape(logits))
            return _mean_of_outputs(_ERRORS[spec.loss](errors))
        case _:
            return _sigmoid_losses(spec, rates, logits, tf.reshape(targets, tf.shape(logits)))


def _sigmoid_losses(spec: Spec, rates: Rates, logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    smooth = targets
    if spec.label_smoothing:
        smooth += rates["label_smoothing"] * (0.5 - targets)
    losses = _sigmoid_cross_entropy(logits, smooth)
    if spec.loss == "focal":
        probability = tf.sigmoid(logits)
        losses *= tf.abs(targets - probability) ** _FOCUS
    if spec.label_weights is not None:
        if spec.signature.output.task == "binary":
            negative, positive = spec.label_weights
            losses *= negative + (positive - negative) * targets
        else:
            losses *= tf.constant([spec.label_weights])
    return _mean_of_outputs(losses)


def _softmax_losses(spec: Spec, rates: Rates, logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    own = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
    losses = own
    if spec.label_smoothing:
        average = -tf.reduce_mean(tf.nn.log_softmax(logits), axis=1)
        losses += rates["label_smoothing"] * (average - own)
    if spec.loss == "focal":
        losses *= (1.0 - tf.exp(-own)) ** _FOCUS
    if spec.label_weights is not None:
        losses *= tf.gather(tf.constant(spec.label_weights), targets)
    return losses


@tf.custom_gradient
def _sigmoid_cross_entropy(logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """TensorFlow's, with a gradient of three operations where it has thirty."""
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
    return losses, lambda upstream: (upstream * (tf.sigmoid(logits) - targets), None)


def _mean_of_outputs(losses: tf.Tensor) -> tf.Tensor:
    return tf.reshape(losses, (-1,)) if losses.shape[1] == 1 else tf.reduce_mean(losses, axis=1)


_ERRORS = {
    "mse": tf.square,
    "mae": tf.abs,
    # Quadratic up to one standard deviation, linear beyond.
    "huber": lambda e: tf.where(tf.abs(e) <= 1.0, 0.5 * tf.square(e), tf.abs(e) - 0.5),
}
