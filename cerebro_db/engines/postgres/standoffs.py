"""Standoffs: a session of our own waits for a lock that is not free before the caller's transaction
ends, while the caller waits for that session.

The server cannot see them, since for all that it knows the caller waits for nothing. In between may
be others: VACUUM FULL of a catalog waits for those who have read it, and later readers wait for
VACUUM.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import shorten

from cerebro_db.errors import Standoff
from cerebro_db.session import Row, Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "standoffs.sql")

# Between two looks, each of which stops all that take locks for a moment.
_SECONDS = 1.0
# Those in between may give up, as who has set lock_timeout does.
_PATIENCE_SECONDS = 4.0
# Of another's statement.
_MAX_LENGTH = 100
_HIDDEN = "<insufficient privilege>"


@dataclass(frozen=True)
class _Queue:
    """Processes of which each waits for the next, and the last one for the caller.

    The first is a session of our own.
    """

    processes: tuple[int, ...]
    caller: int


class Lookout:
    """Looks for standoffs while the caller waits for sessions of its own.

    Args:
        own: gives the processes of these sessions.
    """

    def __init__(self, own: Callable[[], Sequence[int]]) -> None:
        self._own = own
        self._next = time.monotonic() + _SECONDS
        self._since: float | None = None

    def look(self, session: Session) -> None:
        """Look, if it is time for that again.

        Args:
            session: the caller's.

        Raises:
            Standoff: a session of our own waits for the caller, and has done so for a while.
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _SECONDS
        found = _find(session, self._own())
        if found is None:
            self._since = None
            return
        self._since = self._since or now
        if now - self._since >= _PATIENCE_SECONDS:
            raise _standoff(session, found)


def _find(session: Session, own: Sequence[int]) -> _Queue | None:
    """Return who waits in a standoff, by the shortest way."""
    waiting = [row["pid"] for row in session.fetch(_SQL["waiting"], list(own))] if own else []
    ways: dict[int, tuple[int, ...]] = {pid: (pid,) for pid in waiting}
    while waiting:
        reached = []
        for row in session.fetch(_SQL["blockers"], waiting):
            way = ways[row["pid"]]
            if row["blocker"] == row["caller"]:
                return _Queue(way, row["caller"])
            if row["blocker"] not in ways:
                ways[row["blocker"]] = (*way, row["blocker"])
                reached.append(row["blocker"])
        waiting = reached
    return None


def _standoff(session: Session, queue: _Queue) -> Standoff:
    own, last = queue.processes[0], queue.processes[-1]
    known = {row["pid"]: row for row in session.fetch(_SQL["sessions"], [own, last])}
    wanted, held = _locks(session, queue)
    what = _thing(wanted)
    mode = f"{wanted['mode']} on it" if wanted else "it"
    holds = f"This transaction, of process {queue.caller}, holds {held}{what}."
    waits = f"Process {_described(last, known, f'waits for {mode}')}"
    if own == last:
        return Standoff(
            f"this would wait for ever: a session of its own waits for {what}, which this"
            " transaction has locked",
            detail=f"{holds} {waits}",
            hint="Commit or roll back first, and call it in a transaction of its own.",
        )
    return Standoff(
        f"this would wait for ever: a session of its own waits behind process {last}, which waits"
        f" for {what}, which this transaction has locked",
        detail=f"{holds} {waits} Process {_described(own, known, 'waits behind that')}",
        hint=f"Call it again once process {last} is done; cerebro_resume goes on with a run.",
    )


def _locks(session: Session, queue: _Queue) -> tuple[Row | None, str]:
    """Return the lock that is waited for, and which the caller has there."""
    last = queue.processes[-1]
    rows = session.fetch(_SQL["locks"], last)
    wanted = next((row for row in rows if row["pid"] == last and not row["granted"]), None)
    if wanted is None:
        return None, ""
    held = sorted(
        row["mode"]
        for row in rows
        if row["granted"]
        and row["pid"] == queue.caller
        and (row["locktype"], row["place"]) == (wanted["locktype"], wanted["place"])
    )
    return wanted, f"{', '.join(held)} on " if held else ""


def _thing(lock: Row | None) -> str:
    """Return what a lock is on, in words."""
    match lock and lock["locktype"]:
        case "relation" | "extend" | "page" | "tuple":
            assert lock is not None
            return lock["relation"] or "a relation of another database"
        case "transactionid" | "virtualxid":
            return "what it has written"
        case "advisory":
            return "an advisory lock"
    return "a lock"


def _described(pid: int, known: dict[int, Row], waits: str) -> str:
    """Return what a process does, with what the caller may know of its session and statement."""
    row = known.get(pid, {"name": None, "query": None})
    name = f" ({row['name']})" if row["name"] else ""
    query = row["query"] if row["query"] != _HIDDEN else None
    runs = f", with: {shorten(query, _MAX_LENGTH, placeholder=' ...')}" if query else ""
    return f"{pid}{name} {waits}{runs}."
