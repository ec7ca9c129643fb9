"""multiclass: which of several classes a row has, by the probability of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from cerebro_db.model.signature import Output
from cerebro_db.model.tasks._base import FOCUS, Answer, Task
from cerebro_db.model.tasks._maths import Array, LossTerms, Maths
from cerebro_db.model.tasks._metrics import (
    ACCURACY,
    AUC,
    F1,
    LOG_LOSS,
    TINY,
    Measures,
    Metric,
    Weights,
    auc,
    f1,
    mean,
    nanmean,
)
from cerebro_db.model.tasks._numpy import np

_TOP3 = Metric("top3_accuracy", True, "share of rows whose class is among the three most probable")


def _accuracy(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return mean(np.argmax(predictions, axis=1) == targets, weights)


def _auc(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    classes = range(predictions.shape[1])
    return nanmean([auc(targets == k, predictions[:, k], weights) for k in classes])


def _f1(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    """Macro: the mean over the classes that occur among targets or predictions."""
    chosen = np.argmax(predictions, axis=1)
    return nanmean([f1(targets == k, chosen == k, weights) for k in np.union1d(targets, chosen)])


def _top3(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    own = np.take_along_axis(predictions, targets[:, None].astype(np.intp), axis=1)
    return mean((predictions > own).sum(axis=1) < 3, weights)


def _log_loss(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    own = np.take_along_axis(predictions, targets[:, None].astype(np.intp), axis=1)
    return -mean(np.log(np.clip(own.astype(np.float64), TINY, 1.0)), weights)


class Multiclass(Task):
    """One logit per class; targets int32 (rows,), positions in ``classes``."""

    name = "multiclass"
    labels = "class"
    dtype = "int32"
    activation = "softmax"
    losses = ("categorical_crossentropy", "focal")
    metrics: ClassVar[Measures] = {
        ACCURACY: _accuracy,
        AUC: _auc,
        F1: _f1,
        _TOP3: _top3,
        LOG_LOSS: _log_loss,
    }
    metric = "accuracy"

    def target_shape(self, output: Output) -> tuple[int, ...]:
        del output
        return ()

    def indicators(self, output: Output, targets: np.ndarray, units: Sequence[int]) -> np.ndarray:
        del output
        return (targets[:, None] == np.array(units)).astype(np.float64)

    def truth(self, maths: Maths, targets: Array, found: Array) -> Array:
        """Return the positions as they are."""
        del maths, found
        return targets

    def row_losses(self, maths: Maths, terms: LossTerms, found: Array, targets: Array) -> Array:
        losses = own = maths.surprise_of_class(found, targets)
        if terms.label_smoothing is not None:
            losses = own + terms.label_smoothing * (maths.mean_surprise(found) - own)
        if terms.loss == "focal":
            losses = losses * (1.0 - maths.exp(-own)) ** FOCUS
        if terms.label_weights is not None:
            losses = losses * maths.of_class(maths.constant(terms.label_weights), targets)
        return losses

    def answers(
        self, output: Output, predictions: np.ndarray, thresholds: np.ndarray | None
    ) -> list[Answer]:
        del thresholds
        return [output.classes[place] for place in predictions.argmax(axis=1).tolist()]
