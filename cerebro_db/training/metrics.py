"""The metrics of all tasks: measured, put together, and the better direction of each. numpy only.

Predictions are those of a predictor: probabilities for classes and labels, values in the targets'
own units for numbers. A metric that the rows do not define (one class only, NaN) is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import TASKS, WeightedMeasure, Weights, task_of

Metrics = dict[str, float]
Measure = Callable[[np.ndarray, np.ndarray], float]
WEIGHT = "weight"
"""Beside the metrics of rows that count differently: what they count together."""
NONE: Mapping[str, Measure] = MappingProxyType({})


# Whether higher is better, of all that configurations are ranked by.
DIRECTIONS = {"loss": False} | {
    metric.name: metric.higher_is_better for task in TASKS.values() for metric in task.metrics
}


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
        output: what is predicted; its task brings targets to own units.
        targets: as in chunks, see ``Task.target_shape``.
        predictions: (rows, ...) of the output's shape, in own units.
        registered: further metrics by name.
        thresholds: above which probability each class or label is predicted, float64 (units,);
            None: the more probable is.
        only: the one metric that is wanted; None: all.
        weights: how much each row counts, but in registered metrics, which do not know them.
    """
    task = task_of(output)
    targets = task.targets_in_own_units(output, targets)
    if np.isnan(predictions).any() or (weights is not None and not weights.any()):
        # Comparisons would make something of NaN, and a diverged model could win. Rows of which
        # none counts define nothing.
        names = (*metrics_for(output.task), *registered)
        return dict.fromkeys(names if only is None else (only,), math.nan)

    def weighed(own: WeightedMeasure) -> Measure:
        return lambda truth, found: own(truth, found, weights)

    decided = predictions if thresholds is None else (predictions > thresholds).astype(np.float32)
    functions: dict[str, tuple[Measure, np.ndarray]] = {
        metric.name: (weighed(own), decided if metric.decides else predictions)
        for metric, own in task.metrics.items()
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


def metrics_for(task: str) -> tuple[str, ...]:
    """Return the names of a task's metrics."""
    return tuple(metric.name for metric in TASKS[task].metrics)


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
