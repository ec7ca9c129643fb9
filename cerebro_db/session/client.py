"""A session over a psycopg connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from cerebro_db.errors import Standoff
from cerebro_db.polls import no_poll
from cerebro_db.session._base import Row
from cerebro_db.session.job import Job, Statement, Steps
from cerebro_db.session.messages import message_of


class ClientSession:
    """Runs statements on an open psycopg connection.

    Args:
        connection: where statements run; in autocommit, so that a transaction is one only where
            ``connection.transaction()`` says so.
        poll: called several times a second while waiting; what it raises cancels the statement.
    """

    on_segment = False

    def __init__(
        self, connection: psycopg.Connection[Any], poll: Callable[[], None] = no_poll
    ) -> None:
        self.connection = connection
        self._poll = poll

    def fetch(self, statement: str, *parameters: Any) -> list[Row]:
        """Run one statement and return all its rows."""
        rows: list[Row] = self._run(Job(self.connection, _one(Statement(statement, parameters))))
        return rows

    def look_up(self, statement: str, *parameters: Any) -> list[Row]:
        """See Session; each statement is a transaction of its own, so no lock is kept anyway."""
        return self.fetch(statement, *parameters)

    def begin(self, statement: str, *parameters: Any) -> Callable[[], None]:
        """Have one statement run while the caller goes on; return what waits for its end.

        The server has all of the statement by then. Nothing else may run in this session before
        its end.
        """
        job = Job(self.connection, _one(Statement(statement, parameters)))
        job.deliver(self._poll)

        def finish() -> None:
            self._run(job)

        return finish

    def stream(self, statement: str, *parameters: Any) -> Iterator[Row]:
        """Run one statement and yield its rows, all of which have arrived by then."""
        yield from self.fetch(statement, *parameters)

    def execute(self, statement: str, *parameters: Any) -> None:
        """Run one statement."""
        self.fetch(statement, *parameters)

    def _run(self, job: Job) -> Any:
        try:
            return job.run(self._poll)
        except psycopg.errors.LockNotAvailable as error:
            raise Standoff(
                "a session of its own has waited too long for a lock",
                detail=f"{message_of(error)}.",
                hint="Whoever holds it, or waits for it in front, may wait for this transaction:"
                " commit or roll back first, and look into pg_locks.",
            ) from error


def _one(statement: Statement) -> Steps:
    return (yield statement)
