"""Who has workers and who waits for some, in table ``_turns``: see ``store/sessions.py``.

What follows from that is decided above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cerebro_db.session import Session
from cerebro_db.session.client import ClientSession
from cerebro_db.store.sessions import alone
from cerebro_db.store.statements import load_statements
from cerebro_db.store.workers import left

_SQL = load_statements(__package__, "turns.sql")


@dataclass(frozen=True)
class Party:
    """A search that has workers, or waits for them in the line.

    Args:
        role: whom it works for.
        workers: how many it has, or wants.
        ticket: its place in the line, least first; None: it has its workers.
        run: the run, unless its rows are still being prepared.
        session: the session that has them, or waits; None: nobody waits for them any more.
    """

    role: str
    workers: int
    ticket: int | None = None
    run: int | None = None
    session: str | None = None


@dataclass(frozen=True)
class Idler:
    """A worker that idles, warm, until its keeper has use for it: the process of a caller."""

    pid: int
    keeper: int


@dataclass(frozen=True)
class Turnstile:
    """What whoever is in the turnstile sees, and may do.

    Args:
        others: who has workers or waits for some, but for this session.
        idlers: all workers that idle.
    """

    control: ClientSession
    own: str
    others: list[Party]
    idlers: list[Idler]

    def kept_by(self, keeper: int) -> list[Idler]:
        """Return the workers that idle of one keeper."""
        return [idler for idler in self.idlers if idler.keeper == keeper]

    def take(self, role: str, workers: int, ticket: int | None = None) -> None:
        """State that this session has so many workers for a role, or, with a ticket, wants them."""
        self.control.execute(_SQL["take"], self.own, role, workers, ticket)

    def inherit(self, session: str, workers: int) -> bool:
        """Have this session take over the turn that another one has, or it itself, for so many
        workers; return whether it has a turn."""
        self.control.execute(_SQL["inherit"], self.own, session, workers)
        stated = self.control.fetch(_SQL["stated"])
        return any(row["session"] == self.own and row["ticket"] is None for row in stated)

    def move_up(self) -> None:
        """Leave the line, with the workers."""
        self.control.execute(_SQL["move_up"], self.own)


@contextmanager
def turnstile(control: ClientSession) -> Iterator[Turnstile]:
    """Be the only one who takes workers inside of a with block, which is one transaction."""
    with alone(control, _SQL) as living:
        others = [
            Party(row["role"], row["workers"], row["ticket"], row["run"], row["session"])
            for row in control.fetch(_SQL["stated"])
            if row["session"] != living.own
        ]
        # Whom nobody waits for takes room too, until its call of the framework ends.
        strays = [Party(role or "", 1) for role in left(control)]
        found = control.fetch(_SQL["idle"], list(living.processes.values()))
        yield Turnstile(control, living.own, [*others, *strays], [Idler(**row) for row in found])


def caller(session: Session) -> int:
    """Return the process of a caller's session."""
    return int(session.fetch(_SQL["caller"])[0]["pid"])


def end_idle(control: Session, idlers: Sequence[Idler]) -> None:
    """End workers that idle, and return when they are gone."""
    pids = [idler.pid for idler in idlers]
    while pids and control.fetch(_SQL["end_idle"], pids):
        pause(control, 0.02)


def names(control: Session, runs: Sequence[int], role: str) -> dict[int, str]:
    """Return the names of those of these runs that a role may know."""
    return {row["id"]: row["name"] for row in control.fetch(_SQL["names"], list(runs), role)}


def set_queued_behind(control: Session, run: int, behind: str | None) -> None:
    """Write for others to see what a run waits for; None: for nothing any more."""
    control.execute(_SQL["set_queued_behind"], run, behind)


def pause(control: Session, seconds: float) -> None:
    """Let some time pass, unless the caller is cancelled."""
    control.execute(_SQL["pause"], seconds)
