"""What predictions are made with, read in the caller's session with the caller's rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cerebro_db.errors import InvalidArgument, UndefinedName, nearest
from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "serving.sql")


@dataclass(frozen=True)
class Head:
    """Which configuration serves a run; it changes when the run is dropped and fitted again."""

    id: int
    config: int


def head(session: Session, run: str) -> Head:
    """Return which configuration serves a run.

    Raises:
        UndefinedName: there is no such run, as far as the caller may see.
        InvalidArgument: the run has no finished configuration.
    """
    rows = session.fetch(_SQL["head"], run)
    if rows:
        return Head(**rows[0])
    found = session.fetch(_SQL["visible"], run)
    if found:
        raise InvalidArgument(
            f'run "{run}" has no model to predict with',
            detail=f"The run is {found[0]['status']}.",
            hint="Only a finished run predicts; see cerebro.runs and cerebro.configs.",
        )
    if session.fetch(_SQL["isolation"])[0]["isolation"] != "read committed":
        raise UndefinedName(
            f'run "{run}" does not exist in the snapshot of this transaction',
            detail="Searches commit in sessions of their own, which this transaction may not see.",
            hint="Commit first, or use read committed.",
        )
    names = [row["name"] for row in session.fetch(_SQL["names"])]
    raise UndefinedName(
        f'run "{run}" does not exist',
        detail="cerebro.runs lists the runs that you may use.",
        hint=nearest(run, names) or "There is no run at all yet; cerebro_fit makes one.",
    )


def encoding(session: Session, run: str) -> dict[str, Any]:
    """Return the JSON of a dataset.Encoding of a run that ``head`` found a moment ago."""
    found: dict[str, Any] = session.fetch(_SQL["encoding"], run)[0]["encoding"]
    return found
