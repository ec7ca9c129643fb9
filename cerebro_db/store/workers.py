"""Worker sessions as they say of themselves whom they work for; people read cerebro.workers.

What one has said holds as long as the server shows its session. So those are known that go on after
their caller has left: a call of the framework ends by itself only.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal

from cerebro_db.session import Session
from cerebro_db.session.job import Statement, Steps
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "workers.sql")

State = Literal["working", "idle", "warm"]


def begins(pid: int, role: str | None, run: int | None) -> Steps:
    """Have a new worker say that it works for a role, None for whoever asks, kept by this process.

    Args:
        pid: its process; on a segment of Greenplum a session would name another.

    Returns:
        Whether it could: on a standby nothing is written.
    """
    (moment,) = yield Statement(_SQL["now"])
    if moment["standby"]:
        return False
    # Read after the moment: whoever began before it and lives is among them.
    living = yield Statement(_SQL["living"])
    pids = [row["pid"] for row in living if row["pid"] != pid]
    yield Statement(_SQL["forget"], (pid, moment["before"], pids))
    yield Statement(_SQL["begin"], (pid, os.getpid(), role, run))
    return True


def turns(pid: int, state: State, role: str | None, run: int | None) -> Steps:
    """Have a worker say what it does, kept by this process."""
    yield Statement(_SQL["turn"], (pid, os.getpid(), role, run, state))


def serve(control: Session, pids: Sequence[int], run: int) -> None:
    """Write which run workers have begun to work for."""
    control.execute(_SQL["serve"], list(pids), run)


def rest(control: Session, pids: Sequence[int]) -> None:
    """Write that workers, which cannot say so themselves yet, have nobody to work for."""
    control.execute(_SQL["rest"], list(pids))


def keeper(control: Session, role: str) -> int | None:
    """Return the process of a service that has workers warm, none at work, and may search for a
    role."""
    found = control.fetch(_SQL["keeper"], role)
    return int(found[0]["keeper"]) if found else None


def keeps_warm(control: Session) -> bool:
    """Return whether this process has warm workers, as a service has that idles."""
    return bool(control.fetch(_SQL["keeps"], os.getpid())[0]["keeps"])


def of_run(control: Session, run: int) -> list[int]:
    """Return the workers that say that they work for a run."""
    return [row["pid"] for row in control.fetch(_SQL["of_run"], run)]


def leave(control: Session, pids: Sequence[int]) -> None:
    """Have the server end workers as soon as they let it, and show them until then."""
    control.execute(_SQL["leave"], list(pids))


def left(control: Session) -> list[str | None]:
    """Return the role of each worker that goes on though nobody waits for it."""
    return [row["role"] for row in control.fetch(_SQL["left"])]
