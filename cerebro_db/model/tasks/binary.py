"""binary: which of two classes a row has, by the probability of the second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from cerebro_db.model.signature import Output
from cerebro_db.model.tasks._base import EVEN, Answer
from cerebro_db.model.tasks._maths import Array, Maths
from cerebro_db.model.tasks._metrics import (
    ACCURACY,
    AUC,
    F1,
    LOG_LOSS,
    Measures,
    Weights,
    auc,
    f1,
    log_loss_of_labels,
    mean,
)
from cerebro_db.model.tasks._numpy import np
from cerebro_db.model.tasks._sigmoid import Sigmoid


def _accuracy(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return mean((predictions[:, 0] > EVEN) == (targets.ravel() > 0.5), weights)


def _auc(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return auc(targets.ravel() > 0.5, predictions[:, 0], weights)


def _f1(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return f1(targets.ravel() > 0.5, predictions[:, 0] > EVEN, weights)


class Binary(Sigmoid):
    """One unit, the logit of ``classes[1]``; targets float32 (rows,), 0 or 1."""

    name = "binary"
    labels = "class"
    metrics: ClassVar[Measures] = {
        ACCURACY: _accuracy,
        AUC: _auc,
        F1: _f1,
        LOG_LOSS: log_loss_of_labels,
    }
    metric = "auc"
    has_positive = True

    def unfit(self, classes: int) -> str:
        return "" if classes == 2 else "a binary task needs two classes"

    def units(self, labels: int) -> int:
        del labels
        return 1

    def target_shape(self, output: Output) -> tuple[int, ...]:
        del output
        return ()

    def units_hint(self) -> str:
        return " Two classes need one unit: the probability of the second class."

    def weights(self, maths: Maths, label_weights: tuple[float, ...], targets: Array) -> Array:
        del maths
        negative, positive = label_weights
        return negative + (positive - negative) * targets

    def answers(
        self, output: Output, predictions: np.ndarray, thresholds: np.ndarray | None
    ) -> list[Answer]:
        above = predictions > (EVEN if thresholds is None else thresholds)
        return [output.classes[place] for place in above[:, 0].tolist()]

    def by_name(
        self, output: Output, predictions: np.ndarray
    ) -> tuple[tuple[str, ...], np.ndarray]:
        return output.classes, np.concatenate([1 - predictions, predictions], axis=1)

    def threshold_by_name(
        self, output: Output, thresholds: Sequence[float]
    ) -> float | dict[str, float]:
        del output
        return thresholds[0]
