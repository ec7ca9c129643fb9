"""What every verb gets: the session of the caller, and the way to the project's own tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from cerebro_db.engines.postgres import Loopback, connect, find_loopback
from cerebro_db.errors import InvalidArgument
from cerebro_db.session import Session
from cerebro_db.session.client import ClientSession


@dataclass
class Context:
    """One call of a verb.

    The user's own SQL runs in ``caller``, with the caller's rights and in its transaction. Tables
    in schema cerebro are written through ``control``, a session of the server's own that commits
    each statement.

    Args:
        caller: the caller's session.
        notice: shows a line to the caller at once.
        role: the role that calls, for which things are owned.
        statement: identifies the statement at hand within the session.
    """

    caller: Session
    notice: Callable[[str], None]
    role: str
    statement: str

    @cached_property
    def loopback(self) -> Loopback:
        """Where workers and control connect."""
        return find_loopback(self.caller)

    @contextmanager
    def control(self) -> Iterator[ClientSession]:
        """Open a control session for the time of a with block."""
        connection = connect(self.loopback, "cerebro_db control")
        try:
            yield ClientSession(connection, self.poll)
        finally:
            connection.close()

    def poll(self) -> None:
        """Raise what cancels the caller, if anything does."""
        self.caller.fetch("select")


def check_name(name: str | None, kind: str) -> str:
    """Return a name that an object may have.

    Raises:
        InvalidArgument: it is NULL, empty, or longer than 200 characters.
    """
    if not name or len(name) > 200 or not name.isprintable():
        raise InvalidArgument(
            f"a {kind} needs a name",
            detail=f"The name given is {'NULL' if name is None else repr(name)}.",
            hint="Use 1 to 200 printable characters.",
        )
    return name
