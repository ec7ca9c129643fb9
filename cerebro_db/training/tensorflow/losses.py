"""The loss of each row from logits, in the graph: what tasks and registered code make of
TensorFlow."""

from __future__ import annotations

from functools import partial

import numpy as np
import tensorflow as tf

from cerebro_db.errors import CodeFailed
from cerebro_db.model.code import Code
from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Spec
from cerebro_db.model.tasks import task_of
from cerebro_db.training.keras import losses as common
from cerebro_db.training.keras.heads import of_each_head
from cerebro_db.training.registered import blamed_on, load
from cerebro_db.training.tensorflow.maths import OfLogits
from cerebro_db.training.tensorflow.rates import Rates


def row_losses(spec: Spec, rates: Rates, logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Return (rows,) losses, registered ones too; see ``keras/losses.py``.

    Raises:
        CodeFailed: a registered loss raises, or gives something else.
    """
    output = spec.signature.output
    for code in spec.registered("loss"):
        return of_each_head(output, partial(registered_losses, code, output), logits, targets)
    return common.row_losses(spec, OfLogits(), rates, logits, targets)


def registered_losses(
    code: Code, output: Output, logits: tf.Tensor | np.ndarray, targets: tf.Tensor | np.ndarray
) -> tf.Tensor:
    """Return the (rows,) losses that a registered one gives.

    Raises:
        CodeFailed: it raises, or gives something else.
    """
    logits, targets = tf.convert_to_tensor(logits), tf.convert_to_tensor(targets)
    truth = task_of(output).truth(OfLogits(), targets, logits)
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
