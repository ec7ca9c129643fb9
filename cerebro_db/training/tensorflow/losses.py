"""The loss of each row and the penalty on weights, from logits, in the graph."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cerebro_db.errors import CodeFailed
from cerebro_db.model.code import Code
from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Spec
from cerebro_db.model.tasks import LossTerms, task_of
from cerebro_db.training.keras.heads import of_each_head
from cerebro_db.training.registered import blamed_on, load
from cerebro_db.training.tensorflow.rates import Rates


def row_losses(spec: Spec, rates: Rates, logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Return (rows,) losses, times the rows' label weights; for several outputs, and for several
    heads, their mean.

    Args:
        logits: (rows, ...) of the output's shape, or (rows, heads, ...).

    Raises:
        CodeFailed: a registered loss raises, or gives something else.
    """
    return of_each_head(
        spec.signature.output, lambda x, truth: _row_losses(spec, rates, x, truth), logits, targets
    )


def penalties(spec: Spec, rates: Rates, model: keras.Model) -> list[tf.Tensor]:
    """Return what the model's own regularizers and ``l2`` add to the loss of a mini-batch."""
    found = list(model.losses)
    if spec.l2:
        kernels = [v for v in model.trainable_variables if v.name.endswith("kernel")]
        found += [rates["l2"] * tf.reduce_sum(tf.square(kernel)) for kernel in kernels]
    return found


def predictions(output: Output, logits: tf.Tensor) -> tf.Tensor:
    """Return what logits mean: probabilities, or standardised values themselves."""
    return _ACTIVATIONS[task_of(output).activation](logits)


def registered_losses(
    code: Code, output: Output, logits: tf.Tensor | np.ndarray, targets: tf.Tensor | np.ndarray
) -> tf.Tensor:
    """Return the (rows,) losses that a registered one gives.

    Raises:
        CodeFailed: it raises, or gives something else.
    """
    logits, targets = tf.convert_to_tensor(logits), tf.convert_to_tensor(targets)
    truth = task_of(output).truth(_OfLogits(), targets, logits)
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
    output = spec.signature.output
    for code in spec.registered("loss"):
        return registered_losses(code, output, logits, targets)
    smoothing = rates["label_smoothing"] if spec.label_smoothing else None
    terms = LossTerms(spec.loss, spec.label_weights, smoothing)
    return _of_rows(task_of(output).row_losses(_OfLogits(), terms, logits, targets))


def _of_rows(losses: tf.Tensor) -> tf.Tensor:
    """Return (rows,): the mean of all losses that a row has."""
    if losses.shape.rank == 1:
        return losses
    if losses.shape[1:].num_elements() == 1:
        return tf.reshape(losses, (-1,))
    return tf.reduce_mean(losses, axis=list(range(1, losses.shape.rank)))


class _OfLogits:
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


_ACTIVATIONS = {"sigmoid": tf.sigmoid, "softmax": tf.nn.softmax, "linear": lambda logits: logits}
