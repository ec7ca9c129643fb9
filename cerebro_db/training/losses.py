"""The loss that a configuration minimises, of predictions that are there. numpy only.

Each framework's ``losses`` have the same in a graph, of logits; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cerebro_db.model.spec import Spec

# float32 probabilities are exact to about this.
_TINY = 1e-7
# Of focal loss, as in training.
_FOCUS = 2.0


def mean_loss(
    spec: Spec,
    targets: np.ndarray,
    predictions: np.ndarray,
    weights: np.ndarray | None = None,
) -> float:
    """Return the mean loss of rows, without penalties on the network's weights.

    Args:
        spec: a configuration whose loss is none that was registered.
        targets: as in chunks: (rows,), or (rows, units) for multilabel and regression.
        predictions: (rows, units), probabilities or values in the targets' own units.
        weights: how much each row counts; None: all the same.
    """
    match spec.signature.output.task:
        case "multiclass":
            losses = _of_classes(spec, targets, np.clip(predictions.astype(np.float64), _TINY, 1))
        case "regression":
            errors = standardised(spec, predictions) - _like(targets, predictions)
            losses = _ERRORS[spec.loss](errors)
        case _:
            found = np.clip(predictions.astype(np.float64), _TINY, 1 - _TINY)
            losses = _of_labels(spec, _like(targets, predictions), found)
    return weighted_mean(losses, weights)


def weighted_mean(losses: np.ndarray, weights: np.ndarray | None) -> float:
    """Return the mean of the losses of rows, (rows,) or (rows, units), by how much each counts."""
    if weights is None:
        return float(np.mean(losses))
    return float(np.average(losses.reshape(len(weights), -1).mean(axis=1), weights=weights))


def logits(spec: Spec, predictions: np.ndarray) -> np.ndarray:
    """Return logits, float32 (rows, units), that would give these predictions."""
    task = spec.signature.output.task
    if task == "regression":
        return standardised(spec, predictions).astype(np.float32)
    found = predictions.astype(np.float64)
    if task == "multiclass":
        return np.log(np.clip(found, _TINY, 1)).astype(np.float32)
    found = np.clip(found, _TINY, 1 - _TINY)
    return (np.log(found) - np.log1p(-found)).astype(np.float32)


def standardised(spec: Spec, predictions: np.ndarray) -> np.ndarray:
    """Return values in the targets' own units as the model puts them out."""
    output = spec.signature.output
    return (predictions.astype(np.float64) - np.array(output.means)) / np.array(output.scales)


def _like(targets: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    return targets.reshape(predictions.shape).astype(np.float64)


def _of_labels(spec: Spec, targets: np.ndarray, found: np.ndarray) -> np.ndarray:
    smooth = targets + spec.label_smoothing * (0.5 - targets)
    losses = -(smooth * np.log(found) + (1 - smooth) * np.log1p(-found))
    if spec.loss == "focal":
        losses *= np.abs(targets - found) ** _FOCUS
    if spec.label_weights is not None:
        if spec.signature.output.task == "binary":
            negative, positive = spec.label_weights
            losses *= negative + (positive - negative) * targets
        else:
            losses *= np.array([spec.label_weights])
    return losses


def _of_classes(spec: Spec, targets: np.ndarray, found: np.ndarray) -> np.ndarray:
    own = -np.log(np.take_along_axis(found, targets[:, None].astype(np.intp), axis=1)[:, 0])
    losses = own
    if spec.label_smoothing:
        losses = own + spec.label_smoothing * (-np.log(found).mean(axis=1) - own)
    if spec.loss == "focal":
        losses = losses * (1 - np.exp(-own)) ** _FOCUS
    if spec.label_weights is not None:
        losses = losses * np.array(spec.label_weights)[targets.astype(np.intp)]
    return losses


_ERRORS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mse": np.square,
    "mae": np.abs,
    # Quadratic up to one standard deviation, linear beyond.
    "huber": lambda e: np.where(np.abs(e) <= 1.0, 0.5 * np.square(e), np.abs(e) - 0.5),
}
