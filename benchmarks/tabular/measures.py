"""What predictions of test rows are worth: the smaller the better."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np

from benchmarks.tabular.sets import Kind

TITLES: dict[Kind, str] = {
    "binary": "1 - AUC",
    "multiclass": "error rate",
    "regression": "RMSE",
}


@dataclass(frozen=True)
class Measured:
    """Error by the kind of task (``TITLES``), and for classes the log loss; NaN for regression."""

    error: float
    log_loss: float


def measure(kind: Kind, classes: tuple[str, ...], truth: np.ndarray, found: np.ndarray) -> Measured:
    """Measure predictions.

    Args:
        truth: floats (rows), or names of classes.
        found: floats (rows), or probabilities (rows, classes).

    Raises:
        ValueError: a prediction is missing or not finite.
    """
    expected = (len(truth),) if kind == "regression" else (len(truth), len(classes))
    if found.shape != expected or not np.isfinite(found).all():
        raise ValueError(f"predictions are {found.shape} or not finite, not {expected} numbers")
    if kind == "regression":
        return Measured(float(np.sqrt(np.mean((truth.astype(float) - found) ** 2))), nan)
    codes = np.searchsorted(classes, truth)
    of_truth = found[np.arange(len(truth)), codes] / found.sum(axis=1)
    log_loss = float(-np.log(of_truth.clip(1e-15)).mean())
    if kind == "multiclass":
        return Measured(float((found.argmax(axis=1) != codes).mean()), log_loss)
    return Measured(1 - _auc(codes == 1, found[:, 1]), log_loss)


def _auc(positive: np.ndarray, scores: np.ndarray) -> float:
    """Return the chance that a positive row has the larger score; equal ones count half."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    many = int(positive.sum())
    above = ranks[positive].sum() - many * (many + 1) / 2
    return float(above / (many * (len(scores) - many)))
