"""The loss of each row and the penalty on weights, from logits, in a traced function."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras

from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Spec
from cerebro_db.model.tasks import LossTerms, task_of
from cerebro_db.training.keras.heads import of_each_head

Rates = dict[str, jax.Array]
"""Scalars by name; see model.rates."""


def row_losses(spec: Spec, rates: Rates, logits: jax.Array, targets: jax.Array) -> jax.Array:
    """Return (rows,) losses, times the rows' label weights; for several outputs, or heads, their
    mean.

    Args:
        logits: (rows, ...) of the output's shape, or (rows, heads, ...).
    """
    output = spec.signature.output
    return of_each_head(
        output, lambda x, truth: _row_losses(spec, rates, x, truth), logits, targets
    )


def penalties(spec: Spec, rates: Rates, model: keras.Model) -> list[Any]:
    """Return what the model's own regularizers and ``l2`` add to the loss of a mini-batch."""
    found = list(model.losses)
    if spec.l2:
        kernels = [v for v in model.trainable_variables if v.name.endswith("kernel")]
        found += [rates["l2"] * jnp.square(kernel.value).sum() for kernel in kernels]
    return found


def predictions(output: Output, logits: jax.Array) -> jax.Array:
    """Return what logits mean: probabilities, or standardised values themselves."""
    return _ACTIVATIONS[task_of(output).activation](logits)


def _row_losses(spec: Spec, rates: Rates, logits: jax.Array, targets: jax.Array) -> jax.Array:
    smoothing = rates["label_smoothing"] if spec.label_smoothing else None
    terms = LossTerms(spec.loss, spec.label_weights, smoothing)
    task = task_of(spec.signature.output)
    losses: jax.Array = task.row_losses(_OfLogits(), terms, logits, targets)
    return losses if losses.ndim == 1 else losses.mean(axis=tuple(range(1, losses.ndim)))


class _OfLogits:
    """See ``Maths``."""

    def constant(self, values: Any) -> jax.Array:
        return jnp.array(values, jnp.float32)

    def like(self, targets: jax.Array, found: jax.Array) -> jax.Array:
        return targets.reshape(found.shape)

    def of_class(self, values: jax.Array, classes: jax.Array) -> jax.Array:
        return values[classes]

    def yes(self, found: jax.Array) -> jax.Array:
        return jax.nn.sigmoid(found)

    def surprise(self, found: jax.Array, targets: jax.Array) -> jax.Array:
        return jax.nn.softplus(-jnp.abs(found)) + jnp.maximum(found, 0) - found * targets

    def surprise_of_class(self, found: jax.Array, classes: jax.Array) -> jax.Array:
        shares = jax.nn.log_softmax(found)
        return -jnp.take_along_axis(shares, classes[..., None], axis=-1)[..., 0]

    def mean_surprise(self, found: jax.Array) -> jax.Array:
        return -jax.nn.log_softmax(found).mean(axis=-1)

    def exp(self, x: jax.Array) -> jax.Array:
        return jnp.exp(x)

    def square(self, x: jax.Array) -> jax.Array:
        return jnp.square(x)

    def where(self, condition: jax.Array, yes: jax.Array, no: jax.Array) -> jax.Array:
        return jnp.where(condition, yes, no)


_ACTIVATIONS = {
    "sigmoid": jax.nn.sigmoid,
    "softmax": jax.nn.softmax,
    "linear": lambda logits: logits,
}
