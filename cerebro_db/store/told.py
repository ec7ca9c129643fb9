"""Lines that go from the session that drives a run to the one of a caller that waits for it.

The database carries them, since each is a session of the server's: table ``_told``.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from cerebro_db.session import Session
from cerebro_db.session.messages import Failure
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "told.sql")


@dataclass(frozen=True)
class Line:
    """A line, and its number among those of its run: a notice, or the error that ends the run."""

    number: int
    said: str | Failure


def last(session: Session, run: int) -> int:
    """Return the number of the last line of a run; 0: there is none."""
    return int(session.fetch(_SQL["last"], run)[0]["number"])


def tell(session: Session, run: int, line: Line) -> None:
    """Write a line that follows those that are there."""
    said = line.said if isinstance(line.said, str) else asdict(line.said)
    session.execute(_SQL["tell"], run, line.number, json.dumps(said))


def read(session: Session, run: int, after: int) -> list[Line]:
    """Return the lines of a run that follow one of a number."""
    return [
        Line(row["number"], _said(json.loads(row["said"])))
        for row in session.fetch(_SQL["read"], run, after)
    ]


def forget(session: Session, run: int) -> None:
    """Delete the lines of a run."""
    session.execute(_SQL["forget"], run)


def _said(document: Any) -> str | Failure:
    return document if isinstance(document, str) else Failure(**document)
