"""The loss of each row, the penalty on weights, and what logits mean, for every framework: of
Keras' operations, and of the framework's own ``Maths`` where a task asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import keras
from keras import ops

from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Spec
from cerebro_db.model.tasks import LossTerms, Maths, task_of
from cerebro_db.training.keras.heads import of_each_head


def row_losses(
    spec: Spec, maths: Maths, rates: Mapping[str, Any], logits: Any, targets: Any
) -> Any:
    """Return (rows,) losses, times the rows' label weights; for several outputs, or heads, their
    mean.

    Args:
        maths: of the framework.
        rates: scalars by name; see model.rates.
        logits: (rows, ...) of the output's shape, or (rows, heads, ...).
    """
    output = spec.signature.output
    smoothing = rates["label_smoothing"] if spec.label_smoothing else None
    terms, task = LossTerms(spec.loss, spec.label_weights, smoothing), task_of(output)
    return of_each_head(
        output, lambda x, truth: _of_rows(task.row_losses(maths, terms, x, truth)), logits, targets
    )


def penalties(spec: Spec, rates: Mapping[str, Any], model: keras.Model) -> list[Any]:
    """Return what the model's own regularizers and ``l2`` add to the loss of a mini-batch."""
    found = list(model.losses)
    if spec.l2:
        kernels = [v for v in model.trainable_variables if v.name.endswith("kernel")]
        found += [rates["l2"] * ops.sum(ops.square(kernel)) for kernel in kernels]
    return found


def predictions(output: Output, logits: Any) -> Any:
    """Return what logits mean: probabilities, or standardised values themselves."""
    return _ACTIVATIONS[task_of(output).activation](logits)


def _of_rows(losses: Any) -> Any:
    """Return (rows,): the mean of all losses that a row has."""
    if len(losses.shape) == 1:
        return losses
    outputs = prod(losses.shape[1:])
    # Of one there is nothing to take a mean of.
    if outputs == 1:
        return ops.reshape(losses, (-1,))
    return ops.mean(ops.reshape(losses, (-1, outputs)), axis=1)


_ACTIVATIONS = {"sigmoid": ops.sigmoid, "softmax": ops.softmax, "linear": lambda logits: logits}
