"""The queue: submitted runs that nobody drives, first come first served."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from cerebro_db.errors import UndefinedName
from cerebro_db.session import Session
from cerebro_db.session.client import ClientSession
from cerebro_db.store import runs
from cerebro_db.store.sessions import living
from cerebro_db.store.statements import load_statements
from cerebro_db.store.workers import keeps_warm

_SQL = load_statements(__package__, "queue.sql")


@dataclass(frozen=True)
class Claimed:
    """A run that this session drives; one that is running was left so by a planner that died.

    Args:
        attempts: how many planners have taken it up.
    """

    id: int
    name: str
    status: runs.Status
    attempts: int


@dataclass(frozen=True)
class RunStatus:
    """The status of a run: as its row has it, or interrupted."""

    status: str
    submitted: bool


def announce(control: Session) -> None:
    """Wake those who run the queue, once the transaction is committed."""
    control.execute(_SQL["announce"])


def claim(control: ClientSession, role: str, passed_over: Container[int]) -> Claimed | None:
    """Drive the first run of the queue that a role may and nobody else does; None: no more.

    A run whose caller waits for it is passed over where this process has no warm workers: the
    caller drives it, if nobody comes who has some.
    """
    theirs = [] if keeps_warm(control) else list(living(control).processes)
    for candidate in control.fetch(_SQL["candidates"], role, theirs):
        run = candidate["id"]
        if run in passed_over or not _drive(control, run):
            continue
        if found := control.fetch(_SQL["claimed"], run):
            return Claimed(**found[0])
        runs.let_go(control, run)
    return None


def give_back(control: Session, run: Claimed) -> None:
    """Put a run back as it was claimed, unless a person has cancelled it."""
    control.execute(_SQL["give_back"], run.id, run.attempts)


def no_attempt(control: Session, run: Claimed) -> None:
    """Count a run's planner not among those that were lost over it."""
    control.execute(_SQL["no_attempt"], run.id, run.attempts)


def give_up(control: ClientSession, run: Claimed) -> None:
    """Leave a run that waits for better times to the caller who waits for it, if one does."""
    control.execute(_SQL["give_up"], run.id, list(living(control).processes))


def standing(control: Session, run: int) -> RunStatus | None:
    """Return how a run stands; None: it was dropped."""
    found = control.fetch(_SQL["standing"], run)
    return RunStatus(**found[0]) if found else None


def _drive(control: ClientSession, run: int) -> bool:
    try:
        return runs.drive(control, run)
    except UndefinedName:
        return False
