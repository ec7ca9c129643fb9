"""The metrics that several tasks have, and what measures of theirs are made of. numpy only."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from cerebro_db.model.tasks._numpy import np

Weights: TypeAlias = "np.ndarray | None"
"""How much each row counts, (rows,); None: all the same."""
WeightedMeasure: TypeAlias = "Callable[[np.ndarray, np.ndarray, Weights], float]"
"""From targets as in chunks, but in own units; predictions, (rows, ...); and weights of rows.
What the rows do not define is NaN."""


@dataclass(frozen=True)
class Metric:
    """A metric; each task that has it measures it its own way.

    ``decides`` is whether it looks at what is predicted, and not at how probable that is.
    """

    name: str
    higher_is_better: bool
    doc: str
    decides: bool = False


Measures = Mapping[Metric, WeightedMeasure]
"""How a task measures each of its metrics."""

ACCURACY = Metric(
    "accuracy", True, "share of rows predicted right (multilabel: in every label)", decides=True
)
AUC = Metric(
    "auc", True, "area under the ROC curve (several classes: mean of one against the rest)"
)
F1 = Metric(
    "f1",
    True,
    "harmonic mean of precision and recall (several classes: their mean)",
    decides=True,
)
LOG_LOSS = Metric("log_loss", False, "mean negative logarithm of the probability of the truth")

TINY = 1e-7
"""What float32 probabilities are exact to, about."""


def auc(positive: np.ndarray, scores: np.ndarray, weights: Weights) -> float:
    """Mann-Whitney: the chance that a positive row scores above a negative one; ties count half."""
    if weights is not None:
        return _weighted_auc(positive, scores, weights)
    ones = int(positive.sum())
    zeros = len(positive) - ones
    if not ones or not zeros:
        return math.nan
    below, own = np.sort(scores[~positive]), np.sort(scores[positive])
    wins = np.searchsorted(below, own, "left").sum() + np.searchsorted(below, own, "right").sum()
    return float(wins) / (2 * ones * zeros)


def f1(target: np.ndarray, chosen: np.ndarray, weights: Weights) -> float:
    """Return the harmonic mean of precision and recall of booleans, (rows,); 0 where none is
    marked."""
    if weights is None:
        marked = int(target.sum()) + int(chosen.sum())
        return 2 * int((target & chosen).sum()) / marked if marked else 0.0
    of_marked = weights[target].sum(dtype=np.float64) + weights[chosen].sum(dtype=np.float64)
    right = weights[target & chosen].sum(dtype=np.float64)
    return float(2 * right / of_marked) if of_marked else 0.0


def log_loss_of_labels(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    """Return the mean over rows and units of -log p, for targets of 0 and 1."""
    p = predictions.astype(np.float64)
    right = np.where(targets.reshape(p.shape) > 0.5, p, 1 - p)
    return -mean(np.log(np.clip(right, TINY, 1 - TINY)), weights)


def mean(values: np.ndarray, weights: Weights) -> float:
    """Return the mean over rows, of (rows,) or (rows, units)."""
    if weights is None:
        return float(values.mean())
    return float(np.average(values.reshape(len(weights), -1).mean(axis=1), weights=weights))


def nanmean(values: np.ndarray | list[float]) -> float:
    """Return the mean of the numbers that are none of NaN; NaN if there is none."""
    known = np.asarray(values)[~np.isnan(values)]
    return float(known.mean()) if known.size else math.nan


def _weighted_auc(positive: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> float:
    """The same of rows that are drawn as often as they count."""
    ones, zeros = (weights[side].sum(dtype=np.float64) for side in (positive, ~positive))
    if not ones or not zeros:
        return math.nan
    order = np.argsort(scores[~positive])
    below = scores[~positive][order]
    passed = np.concatenate([[0.0], np.cumsum(weights[~positive][order], dtype=np.float64)])
    own = scores[positive]
    wins = passed[np.searchsorted(below, own, "left")]
    wins = wins + passed[np.searchsorted(below, own, "right")]
    return float((wins * weights[positive]).sum() / (2 * ones * zeros))
