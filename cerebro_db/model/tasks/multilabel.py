"""multilabel: which of several labels a row has, by the probability of each."""

from __future__ import annotations

from typing import ClassVar

from cerebro_db.model.signature import Output
from cerebro_db.model.tasks._base import EVEN, Answer
from cerebro_db.model.tasks._maths import Array, Maths
from cerebro_db.model.tasks._metrics import (
    ACCURACY,
    AUC,
    LOG_LOSS,
    Measures,
    Metric,
    Weights,
    auc,
    f1,
    log_loss_of_labels,
    mean,
    nanmean,
)
from cerebro_db.model.tasks._numpy import np
from cerebro_db.model.tasks._sigmoid import Sigmoid

_MACRO_F1 = Metric("macro_f1", True, "mean of the labels' f1", decides=True)
_MICRO_F1 = Metric("micro_f1", True, "f1 of all labels taken together", decides=True)
_HAMMING = Metric("hamming_loss", False, "share of labels predicted wrong", decides=True)


def _accuracy(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return mean(((predictions > EVEN) == (targets > 0.5)).all(axis=1), weights)


def _auc(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    pairs = zip(targets.T, predictions.T, strict=True)
    return nanmean([auc(t > 0.5, p, weights) for t, p in pairs])


def _macro_f1(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    columns = zip((targets > 0.5).T, (predictions > EVEN).T, strict=True)
    return nanmean([f1(target, chosen, weights) for target, chosen in columns])


def _micro_f1(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    of_labels = None if weights is None else np.repeat(weights, targets.shape[1])
    return f1(targets.ravel() > 0.5, predictions.ravel() > EVEN, of_labels)


def _hamming(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return mean((predictions > EVEN) != (targets > 0.5), weights)


class Multilabel(Sigmoid):
    """One logit per label; targets float32 (rows, units), 0 or 1."""

    name = "multilabel"
    labels = "set"
    metrics: ClassVar[Measures] = {
        ACCURACY: _accuracy,
        AUC: _auc,
        _MACRO_F1: _macro_f1,
        _MICRO_F1: _micro_f1,
        _HAMMING: _hamming,
        LOG_LOSS: log_loss_of_labels,
    }
    metric = "macro_f1"

    def weights(self, maths: Maths, label_weights: tuple[float, ...], targets: Array) -> Array:
        del targets
        return maths.constant([label_weights])

    def answers(
        self, output: Output, predictions: np.ndarray, thresholds: np.ndarray | None
    ) -> list[Answer]:
        chosen = predictions > (EVEN if thresholds is None else thresholds)
        return [list(map(str, np.compress(row, output.classes))) for row in chosen]
