"""Turns what a model puts out, (rows, units) of numbers, into what its user asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.signature import Output
from cerebro_db.training.thresholds import EVEN
from cerebro_db.words import counted


def labels(
    output: Output, predictions: np.ndarray, thresholds: np.ndarray | None = None
) -> list[str]:
    """Return the predicted label of each row as text.

    A regression gives its value, several targets a PostgreSQL array literal of values in their
    order, a multi-label task one of the labels.

    Args:
        output: what is predicted.
        predictions: (rows, units).
        thresholds: above which probability a class or label is predicted, float64 (units,); None:
            the more probable is.
    """
    match output.task:
        case "binary":
            above = predictions > (EVEN if thresholds is None else thresholds)
            return [output.classes[p] for p in above[:, 0].tolist()]
        case "multiclass":
            return [output.classes[i] for i in predictions.argmax(axis=1).tolist()]
        case "multilabel":
            chosen = predictions > (EVEN if thresholds is None else thresholds)
            return [array(map(str, np.compress(row, output.classes))) for row in chosen]
    if output.units == 1:
        return [_number(value) for value in predictions[:, 0]]
    return [array(map(_number, row)) for row in predictions]


def scores(output: Output, predictions: np.ndarray) -> np.ndarray:
    """Return one number a row, float64 (rows,).

    It is the probability of the positive class (binary), of the predicted class (multiclass), of
    the most probable label (multi-label), or the value (regression).

    Raises:
        InvalidArgument: several targets have no one value.
    """
    if output.task == "regression" and output.units > 1:
        raise InvalidArgument(
            f"a run with {counted(output.units, 'target')} has no single score",
            detail="Its targets are " + ", ".join(output.columns) + ".",
            hint="Use cerebro_proba, which returns the value of each.",
        )
    return predictions.max(axis=1).astype(np.float64)


def probabilities(output: Output, predictions: np.ndarray) -> list[str]:
    """Return the probability of each class or label, or the value of each target, by name, as the
    JSON of each row; a number that is none as null."""
    if output.task == "binary":
        predictions = np.concatenate([1 - predictions, predictions], axis=1)
    names = output.columns if output.task == "regression" else output.classes
    if not np.isfinite(predictions).all():
        return [_object(names, row) for row in predictions.tolist()]
    keys = (json.dumps(name).replace("%", "%%") for name in names)
    template = "{" + ", ".join(f"{key}: {_DIGITS}" for key in keys) + "}\n"
    # All rows at once: JSON has no line break of its own.
    return (template * len(predictions) % tuple(predictions.ravel().tolist())).splitlines()


def array(values: Iterable[str]) -> str:
    """Return texts as a PostgreSQL array literal."""
    return "{" + ",".join(map(_array_item, values)) + "}"


# What a float32 means; more would be noise.
_DIGITS = "%.8g"


def _object(names: tuple[str, ...], row: list[float]) -> str:
    values = (float(_DIGITS % value) if np.isfinite(value) else None for value in row)
    return json.dumps(dict(zip(names, values, strict=True)))


def _number(value: np.floating) -> str:
    """Return the shortest text that means this float32: more digits would be noise."""
    return str(np.float32(value))


@lru_cache(maxsize=1024)
def _array_item(value: str) -> str:
    if re.fullmatch(r"[\w.+-]+", value) and value.lower() != "null":
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
