"""Logits of a network with several heads, (rows, heads, ...), and the one answer of them all.

Each head learns by a loss of its own, and what minimises their mean minimises each. The network
predicts the mean of what its heads predict: probabilities, or values (TabM,
Gorishniy et al., ICLR 2025, section 3). ``training.forward`` takes the same mean.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Any

from keras import ops

from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import task_of


def has_heads(output: Output, logits: Any) -> bool:
    """Return whether there is an axis of heads between the rows and the output's shape."""
    return len(logits.shape) > 1 + len(output.shape)


def joint_logits(output: Output, logits: Any) -> Any:
    """Return logits, (rows, ...) of the output's shape, of the mean of the heads' predictions;
    those of one head as they are."""
    if not has_heads(output, logits):
        return logits
    return _JOINT[task_of(output).activation](logits)


def of_each_head(
    output: Output, losses: Callable[[Any, Any], Any], logits: Any, targets: Any
) -> Any:
    """Return (rows,): the mean over heads of the losses that a function gives for one head's."""
    if not has_heads(output, logits):
        return losses(logits, targets)
    heads = logits.shape[1]
    found = losses(ops.reshape(logits, (-1, *output.shape)), ops.repeat(targets, heads, axis=0))
    return ops.mean(ops.reshape(found, (-1, heads)), axis=1)


def _joint_sigmoid(logits: Any) -> Any:
    # The logarithms of both means: a probability near 1 has no exact complement.
    yes = ops.logsumexp(ops.log_sigmoid(logits), axis=1)
    return yes - ops.logsumexp(ops.log_sigmoid(-logits), axis=1)


def _joint_softmax(logits: Any) -> Any:
    shares = ops.log_softmax(logits)
    return ops.logsumexp(shares, axis=1) - log(logits.shape[1])


def _joint_linear(logits: Any) -> Any:
    return ops.mean(logits, axis=1)


_JOINT = {"sigmoid": _joint_sigmoid, "softmax": _joint_softmax, "linear": _joint_linear}
