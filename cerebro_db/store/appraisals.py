"""What the end of a run has found out of what serves: its ensemble, and thresholds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "appraisals.sql")

# The number that a run's ensemble answers to.
ENSEMBLE = 0

Threshold = float | dict[str, float]
"""Above which probability a class is predicted; where there are several labels, of each by name."""


@dataclass(frozen=True)
class NewAppraisal:
    """What was found out of a configuration, or of the ensemble, and how long it took.

    Args:
        config: its number.
        threshold: if another than the usual one is wanted.
        seconds: how long it took to find out.
        value: of the ensemble, the run's metric.
        validation: of the ensemble, loss and metrics as JSON.
    """

    config: int
    threshold: Threshold | None
    seconds: float
    value: float | None = None
    validation: dict[str, Any] | None = None


def forget(session: Session, run: int) -> None:
    """Delete a run's ensemble, and thresholds: what serves is going to be other configurations."""
    session.execute(_SQL["forget_members"], run)
    session.execute(_SQL["forget"], run)


def add(session: Session, run: int, appraisal: NewAppraisal) -> None:
    """Write what was found out."""
    threshold = appraisal.threshold
    session.execute(
        _SQL["add"],
        run,
        appraisal.config,
        appraisal.value,
        appraisal.validation,
        None if threshold is None else json.dumps(threshold),
        appraisal.seconds,
    )


def add_members(session: Session, run: int, weights: Mapping[int, float]) -> None:
    """Write the members of a run's ensemble, and their weights."""
    for member, weight in weights.items():
        session.execute(_SQL["add_member"], run, ENSEMBLE, member, weight)
