"""Sessions of ours: which of them live, and what each has said that it holds.

What a session holds for as long as it lives, a run, workers or a name, it writes with its own name
into a table of ours, for which others have no right. Whoever reads that believes it while the
session lives, which the server tells. So nothing is left of a session that ends, however it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cerebro_db.session.client import ClientSession
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "sessions.sql")


@dataclass(frozen=True)
class Living:
    """The sessions that live, by their names, each with its process.

    Args:
        own: the name of the session that asks.
        processes: all of them.
    """

    own: str
    processes: dict[str, int]

    def __contains__(self, session: str | None) -> bool:
        return session in self.processes


def living(control: ClientSession) -> Living:
    """Return the sessions of ours that live now."""
    found = control.fetch(_SQL["living"])
    (own,) = (row["session"] for row in found if row["own"])
    return Living(own, {row["session"]: row["pid"] for row in found})


@contextmanager
def alone(control: ClientSession, statements: dict[str, str]) -> Iterator[Living]:
    """Be the only session that reads and writes what sessions have said, inside of a with block.

    What sessions have said that live no more is deleted first. All of it is one transaction.

    Args:
        statements: ``enter``, which locks the table; ``said``, the sessions in it; ``forget``,
            which deletes what some of them have said.
    """
    with control.connection.transaction():
        control.execute(_SQL["hurry"])
        control.execute(statements["enter"])
        now = living(control)
        said = {row["session"] for row in control.fetch(statements["said"])}
        if gone := [session for session in said if session not in now]:
            control.execute(statements["forget"], gone)
        yield now
