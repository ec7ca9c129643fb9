"""Turns what a model puts out, an array of numbers for each row, into what its user asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import task_of


def labels(
    output: Output, predictions: np.ndarray, thresholds: np.ndarray | None = None
) -> list[str]:
    """Return what is predicted for each row as text: several labels or values as a PostgreSQL array
    literal.

    Args:
        output: what is predicted.
        predictions: (rows, ...) of the output's shape.
        thresholds: above which probability a class or label is predicted, float64 (units,); None:
            the more probable is.
    """
    answers = task_of(output).answers(output, predictions, thresholds)
    return [answer if isinstance(answer, str) else array(answer) for answer in answers]


def scores(output: Output, predictions: np.ndarray) -> np.ndarray:
    """Return one number a row, float64 (rows,): the probability of what is predicted, or the value.

    Raises:
        InvalidArgument: there is no one number.
    """
    return task_of(output).scores(output, predictions).astype(np.float64)


def probabilities(output: Output, predictions: np.ndarray) -> list[str]:
    """Return the probability of each class or label, or the value of each target, by name, as the
    JSON of each row; a number that is none as null."""
    names, predictions = task_of(output).by_name(output, predictions)
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


@lru_cache(maxsize=1024)
def _array_item(value: str) -> str:
    if re.fullmatch(r"[\w.+-]+", value) and value.lower() != "null":
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
