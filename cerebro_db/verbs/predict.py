"""cerebro_predict, cerebro_score, cerebro_proba: one row at a time."""

from __future__ import annotations

from cerebro_db.serving.serve import Served
from cerebro_db.verbs.answers import labels, probabilities, scores


def predict(served: Served, row: bytes, document: str | None) -> str | None:
    """Return the label or value of a row as text; None for a row that is NULL.

    Args:
        row: ``record_send(row(input))``.
        document: ``row_to_json(row(input))`` of an anonymous record, whose binary has no names.
    """
    predictions = served.predict_row(row, document)
    return None if predictions is None else labels(served.output, predictions, served.thresholds)[0]


def score(served: Served, row: bytes, document: str | None) -> float | None:
    """Return the probability of the positive class, or the value; None for a row that is NULL."""
    predictions = served.predict_row(row, document)
    if predictions is None:
        return None
    if predictions.size == 1:
        return predictions.item()
    return float(scores(served.output, predictions)[0])


def proba(served: Served, row: bytes, document: str | None) -> str | None:
    """Return all probabilities, or all values, by name as JSON; None for a row that is NULL."""
    predictions = served.predict_row(row, document)
    return None if predictions is None else probabilities(served.output, predictions)[0]
