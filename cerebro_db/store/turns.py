"""Who has workers and who waits for some, as advisory locks of the planners' sessions.

What a session states about itself it states as locks that it holds: so many workers, for this role,
and a ticket while it waits; or that it is a worker that idles. So the server knows at any moment
whom it concerns, and forgets it when the session ends, however it ends. What follows from that is
decided above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements
from cerebro_db.store.workers import left

_SQL = load_statements(__package__, "turns.sql")


@dataclass(frozen=True)
class Party:
    """A search that has workers, or waits for them in the line.

    Args:
        role: whom it works for, as ``role_key`` has it.
        workers: how many it has, or wants.
        ticket: its place in the line, least first; None: it has its workers.
        run: the run, unless its rows are still being prepared.
    """

    role: int
    workers: int
    ticket: int | None = None
    run: int | None = None


@dataclass(frozen=True)
class Idler:
    """A worker that idles, warm, until its keeper has use for it: the process of a caller."""

    pid: int
    keeper: int


@contextmanager
def turnstile(control: Session) -> Iterator[tuple[list[Party], list[Idler]]]:
    """Be the only one who takes workers inside of a with block; give all others, as they are."""
    try:
        control.execute(_SQL["enter"])
        others = [row for row in control.fetch(_SQL["stated"]) if not row["own"]]
        parties = [
            Party(row["role"], row["workers"], row["ticket"], row["run"])
            for row in others
            if row["workers"] is not None
        ]
        # Whom nobody waits for takes room too, until its call of the framework ends.
        strays = [Party(role_key(control, role or ""), 1) for role in left(control)]
        yield (
            [*parties, *strays],
            [Idler(row["pid"], row["keeper"]) for row in others if row["keeper"] is not None],
        )
    finally:
        control.execute(_SQL["leave"])


def caller(session: Session) -> int:
    """Return the process of a caller's session."""
    return int(session.fetch(_SQL["caller"])[0]["pid"])


def end_idle(control: Session, idlers: Sequence[Idler]) -> None:
    """End workers that idle, and return when they are gone."""
    pids = [idler.pid for idler in idlers]
    while pids and control.fetch(_SQL["end_idle"], pids):
        pause(control, 0.02)


def role_key(control: Session, role: str) -> int:
    """Return what tells a role in a ``Party``."""
    return int(control.fetch(_SQL["role"], role)[0]["role"])


def take(control: Session, workers: int, role: str) -> None:
    """State that this session has so many workers, or, with a ticket, wants them."""
    control.execute(_SQL["take"], workers, role)


def queue_up(control: Session, ticket: int) -> None:
    """Take a place in the line."""
    control.execute(_SQL["queue_up"], ticket)


def move_up(control: Session, ticket: int) -> None:
    """Leave the line, with the workers."""
    control.execute(_SQL["move_up"], ticket)


def names(control: Session, runs: Sequence[int], role: str) -> dict[int, str]:
    """Return the names of those of these runs that a role may know."""
    return {row["id"]: row["name"] for row in control.fetch(_SQL["names"], list(runs), role)}


def set_queued_behind(control: Session, run: int, behind: str | None) -> None:
    """Write for others to see what a run waits for; None: for nothing any more."""
    control.execute(_SQL["set_queued_behind"], run, behind)


def pause(control: Session, seconds: float) -> None:
    """Let some time pass, unless the caller is cancelled."""
    control.execute(_SQL["pause"], seconds)
