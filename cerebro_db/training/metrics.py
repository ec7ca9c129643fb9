"""The metrics: measure, tasks, and the better direction of each. numpy only.

Predictions are those of a predictor: probabilities for classes and labels, values in the targets'
own units for regression. A metric that the rows do not define (one class only, NaN) is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model.signature import Output, Task

Metrics = dict[str, float]
Measure = Callable[[np.ndarray, np.ndarray], float]
Weights = np.ndarray | None
"""How much each row counts, (rows,); None: all the same."""
WEIGHT = "weight"
"""Beside the metrics of rows that count differently: what they count together."""
WeightedMeasure = Callable[[np.ndarray, np.ndarray, Weights], float]
NONE: Mapping[str, Measure] = MappingProxyType({})


@dataclass(frozen=True)
class Metric:
    """A metric by task; ``measure[task](targets, predictions, weights)`` takes (rows, units)
    predictions.

    ``decides`` is whether it looks at what is predicted, and not at how probable that is.
    """

    name: str
    higher_is_better: bool
    doc: str
    measure: dict[Task, WeightedMeasure]
    decides: bool = False


def measure(
    output: Output,
    targets: np.ndarray,
    predictions: np.ndarray,
    registered: Mapping[str, Measure] = NONE,
    *,
    thresholds: np.ndarray | None = None,
    only: str | None = None,
    weights: Weights = None,
) -> dict[str, float]:
    """Return every metric of the output's task over some rows.

    Args:
        output: what is predicted; its means and scales bring regression targets to own units.
        targets: as in chunks: (rows,), or (rows, units) for multilabel and regression.
        predictions: (rows, units), probabilities or values in own units.
        registered: further metrics by name.
        thresholds: above which probability each class or label is predicted, float64 (units,);
            None: the more probable is.
        only: the one metric that is wanted; None: all.
        weights: how much each row counts, but in registered metrics, which do not know them.
    """
    if output.task == "regression":
        scaled = targets.reshape(predictions.shape).astype(np.float64)
        targets = scaled * np.asarray(output.scales) + np.asarray(output.means)
    if np.isnan(predictions).any() or (weights is not None and not weights.any()):
        # Comparisons would make something of NaN, and a diverged model could win. Rows of which
        # none counts define nothing.
        names = (*metrics_for(output.task), *registered)
        return dict.fromkeys(names if only is None else (only,), math.nan)

    def weighed(own: WeightedMeasure) -> Measure:
        return lambda truth, found: own(truth, found, weights)

    decided = predictions if thresholds is None else (predictions > thresholds).astype(np.float32)
    functions: dict[str, tuple[Measure, np.ndarray]] = {
        metric.name: (
            weighed(metric.measure[output.task]),
            decided if metric.decides else predictions,
        )
        for metric in METRICS
        if output.task in metric.measure
    }
    functions |= {name: (function, predictions) for name, function in registered.items()}
    with np.errstate(all="ignore"):
        return {
            name: float(function(targets, found))
            for name, (function, found) in functions.items()
            if only in (None, name)
        }


def combine(parts: Sequence[tuple[float, dict[str, float]]]) -> dict[str, float]:
    """Return the metrics of several sets of rows together: means weighted by rows, or by what these
    count, where the metrics say it. Of one set they are its own, to the last bit.

    rmse is the root of the mean square, so that it (of one target) and the means (loss, accuracy,
    log_loss, mae) are exact; auc, f1, r2 and registered metrics are not defined by their parts, and
    their mean over the parts that define them stands for them.
    """
    names = dict.fromkeys(name for _, metrics in parts for name in metrics if name != WEIGHT)
    if len(parts) == 1:
        return {name: parts[0][1][name] for name in names}
    counted = [(metrics.get(WEIGHT, rows), metrics) for rows, metrics in parts]
    weighted = [(weight, metrics) for weight, metrics in counted if weight]
    return {name: _combined(name, [(weight, m[name]) for weight, m in weighted]) for name in names}


def mean(of_folds: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the metrics of several networks of a configuration: means, each counts the same.

    One is not defined where it is not for one of them.
    """
    if len(of_folds) == 1:
        return of_folds[0]
    names = dict.fromkeys(name for metrics in of_folds for name in metrics)
    found = {name: [metrics.get(name, math.nan) for metrics in of_folds] for name in names}
    return {name: math.fsum(values) / len(values) for name, values in found.items()}


def _combined(name: str, values: list[tuple[float, float]]) -> float:
    if name != "loss":
        values = [(rows, value) for rows, value in values if not math.isnan(value)]
    power = 2 if name == "rmse" else 1
    try:
        total = math.fsum(rows * value**power for rows, value in values)
        return (total / sum(rows for rows, _ in values)) ** (1 / power)
    except (OverflowError, ValueError, ZeroDivisionError):
        return math.nan


def storable(values: dict[str, float]) -> dict[str, float | str]:
    """Return metrics as JSON can hold them: it has no NaN and no infinity, so these become text."""
    return {name: value if math.isfinite(value) else str(value) for name, value in values.items()}


def stored(values: dict[str, Any]) -> Metrics:
    """Return metrics that ``storable`` made, as numbers again."""
    return {name: float(value) for name, value in values.items() if value is not None}


def metrics_for(task: Task) -> tuple[str, ...]:
    """Return the names of a task's metrics."""
    return tuple(metric.name for metric in METRICS if task in metric.measure)


def default_metric(task: Task) -> str:
    """Return the metric by which a task's configurations are ranked unless told otherwise."""
    defaults: dict[Task, str] = {
        "binary": "auc",
        "multiclass": "accuracy",
        "multilabel": "macro_f1",
        "regression": "rmse",
    }
    return defaults[task]


def higher_is_better(name: str) -> bool:
    """Return the direction of a metric, or of "loss".

    Raises:
        InvalidArgument: there is no such metric.
    """
    if name not in DIRECTIONS:
        raise InvalidArgument(
            f'there is no metric "{name}"',
            detail="The metrics are: " + ", ".join(DIRECTIONS) + ".",
            hint=nearest(name, DIRECTIONS),
        )
    return DIRECTIONS[name]


def _accuracy_binary(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return _mean((predictions[:, 0] > 0.5) == (targets.ravel() > 0.5), weights)


def _accuracy_multiclass(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return _mean(np.argmax(predictions, axis=1) == targets, weights)


def _accuracy_multilabel(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return _mean(((predictions > 0.5) == (targets > 0.5)).all(axis=1), weights)


def _hamming(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return _mean((predictions > 0.5) != (targets > 0.5), weights)


def _top3(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    own = np.take_along_axis(predictions, targets[:, None].astype(np.intp), axis=1)
    return _mean((predictions > own).sum(axis=1) < 3, weights)


def _auc_binary(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return _auc(targets.ravel() > 0.5, predictions[:, 0], weights)


def _auc_multiclass(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    classes = range(predictions.shape[1])
    return _nanmean([_auc(targets == k, predictions[:, k], weights) for k in classes])


def _auc_multilabel(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    pairs = zip(targets.T, predictions.T, strict=True)
    return _nanmean([_auc(t > 0.5, p, weights) for t, p in pairs])


def _auc(positive: np.ndarray, scores: np.ndarray, weights: Weights) -> float:
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


def _f1_binary(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return _f1(targets.ravel() > 0.5, predictions[:, 0] > 0.5, weights)


def _f1_multiclass(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    """Macro: the mean over the classes that occur among targets or predictions."""
    chosen = np.argmax(predictions, axis=1)
    return _nanmean([_f1(targets == k, chosen == k, weights) for k in np.union1d(targets, chosen)])


def _macro_f1(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    columns = zip((targets > 0.5).T, (predictions > 0.5).T, strict=True)
    return _nanmean([_f1(target, chosen, weights) for target, chosen in columns])


def _micro_f1(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    of_labels = None if weights is None else np.repeat(weights, targets.shape[1])
    return _f1(targets.ravel() > 0.5, predictions.ravel() > 0.5, of_labels)


def _f1(target: np.ndarray, chosen: np.ndarray, weights: Weights) -> float:
    if weights is None:
        marked = int(target.sum()) + int(chosen.sum())
        return 2 * int((target & chosen).sum()) / marked if marked else 0.0
    of_marked = weights[target].sum(dtype=np.float64) + weights[chosen].sum(dtype=np.float64)
    right = weights[target & chosen].sum(dtype=np.float64)
    return float(2 * right / of_marked) if of_marked else 0.0


def _log_loss_binary(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    p = predictions.astype(np.float64)
    right = np.where(targets.reshape(p.shape) > 0.5, p, 1 - p)
    return -_mean(np.log(np.clip(right, _TINY, 1 - _TINY)), weights)


def _log_loss_multiclass(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    own = np.take_along_axis(predictions, targets[:, None].astype(np.intp), axis=1)
    return -_mean(np.log(np.clip(own.astype(np.float64), _TINY, 1.0)), weights)


def _rmse(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    """Root of the mean square of each target, averaged over targets."""
    squares = (targets - predictions) ** 2
    if weights is None:
        return float(np.sqrt(squares.mean(axis=0)).mean())
    return float(np.sqrt(np.average(squares, axis=0, weights=weights)).mean())


def _mae(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return _mean(np.abs(targets - predictions), weights)


def _r2(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    share = 1.0 if weights is None else weights[:, None].astype(np.float64)
    mean = targets.mean(axis=0) if weights is None else np.average(targets, 0, weights)
    residual = (share * (targets - predictions) ** 2).sum(axis=0)
    spread = (share * (targets - mean) ** 2).sum(axis=0)
    return _nanmean(np.where(spread > 0, 1 - residual / spread, np.nan))


def _mean(values: np.ndarray, weights: Weights) -> float:
    """Return the mean over rows, of (rows,) or (rows, units)."""
    if weights is None:
        return float(values.mean())
    return float(np.average(values.reshape(len(weights), -1).mean(axis=1), weights=weights))


def _nanmean(values: np.ndarray | list[float]) -> float:
    known = np.asarray(values)[~np.isnan(values)]
    return float(known.mean()) if known.size else math.nan


# float32 probabilities are exact to about this.
_TINY = 1e-7

METRICS = (
    Metric(
        "accuracy",
        True,
        "share of rows predicted right (multilabel: in every label)",
        {
            "binary": _accuracy_binary,
            "multiclass": _accuracy_multiclass,
            "multilabel": _accuracy_multilabel,
        },
        decides=True,
    ),
    Metric(
        "auc",
        True,
        "area under the ROC curve (several classes: mean of one against the rest)",
        {"binary": _auc_binary, "multiclass": _auc_multiclass, "multilabel": _auc_multilabel},
    ),
    Metric(
        "f1",
        True,
        "harmonic mean of precision and recall (several classes: their mean)",
        {"binary": _f1_binary, "multiclass": _f1_multiclass},
        decides=True,
    ),
    Metric("macro_f1", True, "mean of the labels' f1", {"multilabel": _macro_f1}, decides=True),
    Metric(
        "micro_f1", True, "f1 of all labels taken together", {"multilabel": _micro_f1}, decides=True
    ),
    Metric(
        "hamming_loss",
        False,
        "share of labels predicted wrong",
        {"multilabel": _hamming},
        decides=True,
    ),
    Metric(
        "top3_accuracy",
        True,
        "share of rows whose class is among the three most probable",
        {"multiclass": _top3},
    ),
    Metric(
        "log_loss",
        False,
        "mean negative logarithm of the probability of the truth",
        {
            "binary": _log_loss_binary,
            "multiclass": _log_loss_multiclass,
            "multilabel": _log_loss_binary,
        },
    ),
    Metric("rmse", False, "root of the mean squared error", {"regression": _rmse}),
    Metric("mae", False, "mean absolute error", {"regression": _mae}),
    Metric("r2", True, "share of the variance explained", {"regression": _r2}),
)

# Whether higher is better, of all that configurations are ranked by.
DIRECTIONS = {"loss": False, **{metric.name: metric.higher_is_better for metric in METRICS}}
