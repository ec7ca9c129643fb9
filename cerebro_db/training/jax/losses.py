"""The loss of each row and the penalty on weights, from logits, in a traced function."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras

from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Spec

Rates = dict[str, jax.Array]
"""Scalars by name; see model.rates."""

# Focal loss for dense object detection (Lin et al., ICCV 2017), section 3.2.
_FOCUS = 2.0


def row_losses(spec: Spec, rates: Rates, logits: jax.Array, targets: jax.Array) -> jax.Array:
    """Return (rows,) losses, times the rows' label weights; for several outputs their mean.

    Args:
        logits: (rows, units).
    """
    match spec.signature.output.task:
        case "multiclass":
            return _softmax_losses(spec, rates, logits, targets)
        case "regression":
            errors = logits - targets.reshape(logits.shape)
            return _ERRORS[spec.loss](errors).mean(axis=1)
        case _:
            return _sigmoid_losses(spec, rates, logits, targets.reshape(logits.shape))


def penalties(spec: Spec, rates: Rates, model: keras.Model) -> list[Any]:
    """Return what the model's own regularizers and ``l2`` add to the loss of a mini-batch."""
    found = list(model.losses)
    if spec.l2:
        kernels = [v for v in model.trainable_variables if v.name.endswith("kernel")]
        found += [rates["l2"] * jnp.square(kernel.value).sum() for kernel in kernels]
    return found


def predictions(output: Output, logits: jax.Array) -> jax.Array:
    """Return probabilities; for regression the standardised values themselves."""
    match output.task:
        case "multiclass":
            return jax.nn.softmax(logits)
        case "regression":
            return logits
        case _:
            return jax.nn.sigmoid(logits)


def _sigmoid_losses(spec: Spec, rates: Rates, logits: jax.Array, targets: jax.Array) -> jax.Array:
    smooth = targets
    if spec.label_smoothing:
        smooth = targets + rates["label_smoothing"] * (0.5 - targets)
    losses = jax.nn.softplus(-jnp.abs(logits)) + jnp.maximum(logits, 0) - logits * smooth
    if spec.loss == "focal":
        losses *= jnp.abs(targets - jax.nn.sigmoid(logits)) ** _FOCUS
    if spec.label_weights is not None:
        if spec.signature.output.task == "binary":
            negative, positive = spec.label_weights
            losses *= negative + (positive - negative) * targets
        else:
            losses *= jnp.array([spec.label_weights], jnp.float32)
    return losses.mean(axis=1)


def _softmax_losses(spec: Spec, rates: Rates, logits: jax.Array, targets: jax.Array) -> jax.Array:
    shares = jax.nn.log_softmax(logits)
    own = -jnp.take_along_axis(shares, targets[:, None], axis=1)[:, 0]
    losses = own
    if spec.label_smoothing:
        losses += rates["label_smoothing"] * (-shares.mean(axis=1) - own)
    if spec.loss == "focal":
        losses *= (1.0 - jnp.exp(-own)) ** _FOCUS
    if spec.label_weights is not None:
        losses *= jnp.array(spec.label_weights, jnp.float32)[targets]
    return losses


_ERRORS = {
    "mse": jnp.square,
    "mae": jnp.abs,
    # Quadratic up to one standard deviation, linear beyond.
    "huber": lambda e: jnp.where(jnp.abs(e) <= 1.0, 0.5 * jnp.square(e), jnp.abs(e) - 0.5),
}
