"""cerebro_predict, cerebro_score, cerebro_proba: one row at a time."""

from __future__ import annotations

import numpy as np

from cerebro_db.session import Session
from cerebro_db.verbs.answers import labels, probabilities, scores
from cerebro_db.verbs.serve import Served, serve


def predict(
    session: Session, run: str, row: bytes, document: str | None, statement: str, role: str
) -> str | None:
    """Return the label or value of a row as text; None for a row that is NULL.

    Args:
        session: the caller's.
        run: the run whose best configuration predicts.
        row: ``record_send(row(input))``.
        document: ``row_to_json(row(input))`` of an anonymous record, whose binary has no names.
        statement: identifies the statement at hand.
        role: the role that calls.
    """
    served, predictions = _predictions(session, run, row, document, statement, role)
    return None if predictions is None else labels(served.output, predictions)[0]


def score(
    session: Session, run: str, row: bytes, document: str | None, statement: str, role: str
) -> float | None:
    """Return the probability of the positive class, or the value; arguments as ``predict``."""
    served, predictions = _predictions(session, run, row, document, statement, role)
    return None if predictions is None else float(scores(served.output, predictions)[0])


def proba(
    session: Session, run: str, row: bytes, document: str | None, statement: str, role: str
) -> dict[str, float] | None:
    """Return all probabilities, or all values; arguments as ``predict``."""
    served, predictions = _predictions(session, run, row, document, statement, role)
    return None if predictions is None else probabilities(served.output, predictions)[0]


def _predictions(
    session: Session, run: str, row: bytes, document: str | None, statement: str, role: str
) -> tuple[Served, np.ndarray | None]:
    served = serve(session, role, run, statement)
    columns = served.decoder.decode(row, document)
    return served, None if columns is None else served.predict(columns)
