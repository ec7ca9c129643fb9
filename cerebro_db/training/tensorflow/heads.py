"""Logits of a network with several heads, (rows, heads, ...), and the one answer of them all.

Each head learns by a loss of its own, and what minimises their mean minimises each. The network
predicts the mean of what its heads predict: probabilities, or values (TabM,
Gorishniy et al., ICLR 2025, section 3). ``training.forward`` takes the same mean.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log

import tensorflow as tf

from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import task_of


def has_heads(output: Output, logits: tf.Tensor) -> bool:
    """Return whether there is an axis of heads between the rows and the output's shape."""
    return bool(logits.shape.rank > 1 + len(output.shape))


def joint_logits(output: Output, logits: tf.Tensor) -> tf.Tensor:
    """Return logits, (rows, ...) of the output's shape, of the mean of the heads' predictions;
    those of one head as they are."""
    if not has_heads(output, logits):
        return logits
    return _JOINT[task_of(output).activation](logits)


def of_each_head(
    output: Output,
    losses: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    logits: tf.Tensor,
    targets: tf.Tensor,
) -> tf.Tensor:
    """Return (rows,): the mean over heads of the losses that a function gives for one head's."""
    if not has_heads(output, logits):
        return losses(logits, targets)
    heads = logits.shape[1]
    found = losses(tf.reshape(logits, (-1, *output.shape)), tf.repeat(targets, heads, axis=0))
    return tf.reduce_mean(tf.reshape(found, (-1, heads)), axis=1)


def _joint_sigmoid(logits: tf.Tensor) -> tf.Tensor:
    # The logarithms of both means: a probability near 1 has no exact complement.
    yes = tf.reduce_logsumexp(tf.math.log_sigmoid(logits), axis=1)
    return yes - tf.reduce_logsumexp(tf.math.log_sigmoid(-logits), axis=1)


def _joint_softmax(logits: tf.Tensor) -> tf.Tensor:
    shares = tf.nn.log_softmax(logits)
    return tf.reduce_logsumexp(shares, axis=1) - log(logits.shape[1])


def _joint_linear(logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(logits, axis=1)


_JOINT = {"sigmoid": _joint_sigmoid, "softmax": _joint_softmax, "linear": _joint_linear}
