"""The loss that a configuration minimises, of predictions that are there. numpy only.

Each framework's ``losses`` have the same in a graph, of logits; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cerebro_db.model.spec import Spec
from cerebro_db.model.tasks import TINY, LossTerms, task_of


def mean_loss(
    spec: Spec,
    targets: np.ndarray,
    predictions: np.ndarray,
    weights: np.ndarray | None = None,
) -> float:
    """Return the mean loss of rows, without penalties on the network's weights.

    Args:
        spec: a configuration whose loss is none that was registered.
        targets: as in chunks, see ``Task.target_shape``.
        predictions: (rows, ...) of the output's shape, in the targets' own units.
        weights: how much each row counts; None: all the same.
    """
    terms = LossTerms(spec.loss, spec.label_weights, spec.label_smoothing or None)
    exact = targets.astype(np.float64) if targets.dtype.kind == "f" else targets
    losses = task_of(spec.signature.output).row_losses(
        OF_PREDICTIONS, terms, activated(spec, predictions), exact
    )
    return weighted_mean(losses, weights)


def weighted_mean(losses: np.ndarray, weights: np.ndarray | None) -> float:
    """Return the mean of the losses of rows, (rows, ...), by how much each counts."""
    if weights is None:
        return float(np.mean(losses))
    return float(np.average(losses.reshape(len(weights), -1).mean(axis=1), weights=weights))


def logits(spec: Spec, predictions: np.ndarray) -> np.ndarray:
    """Return logits, float32 (rows, ...), that would give these predictions."""
    inverse = _INVERSES[task_of(spec.signature.output).activation]
    return inverse(activated(spec, predictions)).astype(np.float32)


def activated(spec: Spec, predictions: np.ndarray) -> np.ndarray:
    """Return predictions as the network puts them out, behind its activation: float64."""
    output = spec.signature.output
    return task_of(output).standardised(output, predictions.astype(np.float64))


class _OfPredictions:
    """See ``Maths``; what is found are probabilities."""

    def constant(self, values: Any) -> np.ndarray:
        return np.array(values)

    def like(self, targets: np.ndarray, found: np.ndarray) -> np.ndarray:
        return targets.reshape(found.shape)

    def of_class(self, values: np.ndarray, classes: np.ndarray) -> np.ndarray:
        chosen: np.ndarray = values[classes.astype(np.intp)]
        return chosen

    def yes(self, found: np.ndarray) -> np.ndarray:
        return _inside(found)

    def surprise(self, found: np.ndarray, targets: np.ndarray) -> np.ndarray:
        p = _inside(found)
        surprise: np.ndarray = -(targets * np.log(p) + (1 - targets) * np.log1p(-p))
        return surprise

    def surprise_of_class(self, found: np.ndarray, classes: np.ndarray) -> np.ndarray:
        own = np.take_along_axis(found, classes[..., None].astype(np.intp), axis=-1)[..., 0]
        return -_log(own)

    def mean_surprise(self, found: np.ndarray) -> np.ndarray:
        mean: np.ndarray = -_log(found).mean(axis=-1)
        return mean

    def exp(self, x: np.ndarray) -> np.ndarray:
        return np.exp(x)

    def square(self, x: np.ndarray) -> np.ndarray:
        return np.square(x)

    def where(self, condition: np.ndarray, yes: np.ndarray, no: np.ndarray) -> np.ndarray:
        return np.where(condition, yes, no)


OF_PREDICTIONS = _OfPredictions()


def _inside(probabilities: np.ndarray) -> np.ndarray:
    return np.clip(probabilities, TINY, 1 - TINY)


def _log(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.clip(probabilities, TINY, 1))


def _logit(probabilities: np.ndarray) -> np.ndarray:
    found = _inside(probabilities)
    return np.log(found) - np.log1p(-found)


_INVERSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sigmoid": _logit,
    "softmax": _log,
    "linear": lambda x: x,
}
