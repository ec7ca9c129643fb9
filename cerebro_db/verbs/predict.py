"""cerebro_predict, cerebro_score, cerebro_proba: one row at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_db.verbs.answers import labels, probabilities, scores
from cerebro_db.verbs.context import Context
from cerebro_db.verbs.serve import Served, serve


@dataclass(frozen=True)
class Row:
    """One row to predict.

    - binary: ``record_send(row(input))``.
    - document: ``row_to_json(row(input))`` of an anonymous record, whose binary has no names.
    """

    binary: bytes
    document: str | None


def predict(context: Context, run: str, row: Row) -> str | None:
    """Return the label or value of a row as text; None for a row that is NULL."""
    served, predictions = _predictions(context, run, row)
    return None if predictions is None else labels(served.output, predictions)[0]


def score(context: Context, run: str, row: Row) -> float | None:
    """Return the probability of the positive class, or the value; None for a row that is NULL."""
    served, predictions = _predictions(context, run, row)
    return None if predictions is None else float(scores(served.output, predictions)[0])


def proba(context: Context, run: str, row: Row) -> dict[str, float] | None:
    """Return all probabilities, or all values, by name; None for a row that is NULL."""
    served, predictions = _predictions(context, run, row)
    return None if predictions is None else probabilities(served.output, predictions)[0]


def _predictions(context: Context, run: str, row: Row) -> tuple[Served, np.ndarray | None]:
    served = serve(context, run)
    columns = served.decoder.decode(row.binary, row.document)
    return served, None if columns is None else served.predict(columns)
