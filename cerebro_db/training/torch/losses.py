"""The loss of each row and the penalty on weights, from logits, in the traced step."""

from __future__ import annotations

from math import prod
from typing import Any

import keras
import torch
from torch import Tensor
from torch.nn import functional

from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Spec
from cerebro_db.model.tasks import LossTerms, task_of
from cerebro_db.training.keras.heads import of_each_head

Rates = dict[str, Tensor]
"""Scalars by name; see model.rates."""


def row_losses(spec: Spec, rates: Rates, logits: Tensor, targets: Tensor) -> Tensor:
    """Return (rows,) losses, times the rows' label weights; for several outputs, or heads, their
    mean.

    Args:
        logits: (rows, ...) of the output's shape, or (rows, heads, ...).
    """
    output = spec.signature.output
    return of_each_head(
        output, lambda x, truth: _row_losses(spec, rates, x, truth), logits, targets
    )


def penalties(spec: Spec, rates: Rates, model: keras.Model) -> list[Tensor]:
    """Return what the model's own regularizers and ``l2`` add to the loss of a mini-batch."""
    found = list(model.losses)
    if spec.l2:
        kernels = [v for v in model.trainable_variables if v.name.endswith("kernel")]
        found += [rates["l2"] * kernel.value.square().sum() for kernel in kernels]
    return found


def predictions(output: Output, logits: Tensor) -> Tensor:
    """Return what logits mean: probabilities, or standardised values themselves."""
    return _ACTIVATIONS[task_of(output).activation](logits)


def _row_losses(spec: Spec, rates: Rates, logits: Tensor, targets: Tensor) -> Tensor:
    smoothing = rates["label_smoothing"] if spec.label_smoothing else None
    terms = LossTerms(spec.loss, spec.label_weights, smoothing)
    task = task_of(spec.signature.output)
    losses: Tensor = task.row_losses(_OfLogits(), terms, logits, targets)
    # Of one output there is nothing to take a mean of.
    outputs = prod(losses.shape[1:])
    return losses.reshape(-1) if outputs == 1 else losses.reshape(-1, outputs).mean(dim=1)


class _OfLogits:
    """See ``Maths``."""

    def constant(self, values: Any) -> Tensor:
        return torch.tensor(values, dtype=torch.float32)

    def like(self, targets: Tensor, found: Tensor) -> Tensor:
        return targets.reshape(found.shape)

    def of_class(self, values: Tensor, classes: Tensor) -> Tensor:
        return values[classes.long()]

    def yes(self, found: Tensor) -> Tensor:
        return found.sigmoid()

    def surprise(self, found: Tensor, targets: Tensor) -> Tensor:
        return functional.binary_cross_entropy_with_logits(found, targets, reduction="none")

    def surprise_of_class(self, found: Tensor, classes: Tensor) -> Tensor:
        shares = found.log_softmax(dim=-1)
        return -shares.gather(-1, classes.long()[..., None])[..., 0]

    def mean_surprise(self, found: Tensor) -> Tensor:
        return -found.log_softmax(dim=-1).mean(dim=-1)

    def exp(self, x: Tensor) -> Tensor:
        return x.exp()

    def square(self, x: Tensor) -> Tensor:
        return x.square()

    def where(self, condition: Tensor, yes: Any, no: Any) -> Tensor:
        return torch.where(condition, yes, no)


_ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "softmax": lambda logits: logits.softmax(dim=-1),
    "linear": lambda logits: logits,
}
