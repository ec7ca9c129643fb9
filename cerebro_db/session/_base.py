"""The contract of a database session with every layer above.

Statements use PostgreSQL's own placeholders ($1, $2). A parameter is None, a bool, an int, a float,
a str, bytes, a list of one of these, or a dict (sent as JSON). Cast it in the statement
(``$1::int``): a session sends only the closest of bool, bigint, double precision, text, bytea,
their arrays, and jsonb; None is sent as text. Results come back as dicts by column name, with bytea
as bytes, json and jsonb parsed, and arrays as lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = dict[str, Any]


class Session(Protocol):
    """A place to run SQL."""

    @property
    def on_segment(self) -> bool:
        """Whether this is a process of one of Greenplum's segments, which reads no view."""

    def fetch(self, statement: str, *parameters: Any) -> list[Row]:
        """Run one statement and return all its rows."""

    def look_up(self, statement: str, *parameters: Any) -> list[Row]:
        """Run one statement that only reads the server's catalogs or ours; return all its rows.

        Inside the server no lock is kept on these, where that can be had for little: the caller's
        transaction may go on for hours, and maintenance has to wait for such locks.
        """

    def stream(self, statement: str, *parameters: Any) -> Iterator[Row]:
        """Run one statement and yield its rows; inside the server, without holding all of them.

        It has no json or jsonb in its result: cursors do not tell types.
        """

    def execute(self, statement: str, *parameters: Any) -> None:
        """Run one statement."""


class CallersSession(Session, Protocol):
    """The session that called a verb: the only kind that runs the user's own SQL."""

    def users_path(self) -> AbstractContextManager[None]:
        """Look names up on the user's search path inside of a with block.

        Outside of it, what users' schemas hold decides nothing.
        """

    def users_sql(self) -> AbstractContextManager[None]:
        """Have the user's own SQL run inside of a with block: what reads users' tables and views.

        It finds the user's search path, and may write to nothing but temporary tables.

        Raises:
            InvalidSource: what ran there wrote something.
            NotPermitted: what ran there has changed who the user is.
        """
