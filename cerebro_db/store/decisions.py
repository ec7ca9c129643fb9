"""The decisions of a run's search, as recorded: for people, and for who goes on with the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "decisions.sql")


@dataclass(frozen=True)
class Decided:
    """A decision.

    Args:
        seq: its place in the order of what the search was told and what it decided, from 1.
        what: what was decided, in a word.
        why: see ``search.Decision``.
        config: whom it is about; None: the run as a whole.
        epoch: until which epoch the configuration trains, or after which it stops.
        parent: whose state it begins with.
    """

    seq: int
    what: str
    why: str
    config: int | None = None
    epoch: int | None = None
    parent: int | None = None


def record(session: Session, run: int, decisions: Sequence[Decided]) -> None:
    """Write decisions down, at the time of now."""
    if decisions:
        session.execute(_SQL["record"], run, {"decisions": [asdict(one) for one in decisions]})


def all_of(session: Session, run: int) -> list[Decided]:
    """Return all decisions of a run, in their order."""
    return [Decided(**row) for row in session.fetch(_SQL["all"], run)]


def next_seq(session: Session, run: int) -> int:
    """Return the number of what the search is told or decides next."""
    return int(session.fetch(_SQL["last"], run)[0]["seq"]) + 1
