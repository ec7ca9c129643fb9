"""Callers that run in the background, so that a test can see and disturb what they do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from cerebro_db.testing.calls import rows, value
from cerebro_db.testing.database import Connection

# How long anything may take to happen; a test that passes waits for none of it.
PATIENCE_SECONDS = 180


class Caller(threading.Thread):
    """Does some work on a connection of its own; ``result`` or ``error`` is what came of it."""

    def __init__(self, connection: Connection, work: Callable[[Connection], Any]) -> None:
        super().__init__(daemon=True)
        self.connection = connection
        self.pid = connection.info.backend_pid
        self.result: Any = None
        self.error: psycopg.Error | None = None
        self._work = work
        self.start()

    def run(self) -> None:
        """Do the work."""
        try:
            self.result = self._work(self.connection)
        except psycopg.Error as error:
            self.error = error

    def finish(self) -> None:
        """Wait for the end of the work."""
        self.join(PATIENCE_SECONDS)
        assert not self.is_alive(), "the caller hangs"


@contextmanager
def calling(dsn: str, work: Callable[[Connection], Any]) -> Iterator[Caller]:
    """Have a caller at work in a session of its own; see ``working``."""
    with (
        psycopg.connect(dsn, autocommit=True, row_factory=namedtuple_row) as connection,
        working(connection, work) as caller,
    ):
        yield caller


@contextmanager
def working(connection: Connection, work: Callable[[Connection], Any]) -> Iterator[Caller]:
    """Have a caller at work; at the end it has finished, or is cancelled and has to."""
    caller = Caller(connection, work)
    try:
        yield caller
    finally:
        if caller.is_alive():
            connection.cancel_safe()
        caller.finish()


def eventually(condition: Callable[[], Any]) -> Any:
    """Wait until something holds, and return it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it never happened")


def sessions(connection: Connection, name: str = "cerebro_db %") -> set[int]:
    """Return the pids of the sessions that cerebro_db has opened in this database.

    Args:
        connection: any session of the database.
        name: pattern of their application_name: "cerebro_db worker", "cerebro_db control".
    """
    found = rows(
        connection,
        "select pid from pg_stat_activity where application_name like %s"
        " and datname = current_database()",
        name,
    )
    return {pid for (pid,) in found}


def units(connection: Connection, run: str) -> int:
    """Return how many units of a run are committed."""
    return int(value(connection, "select count(*) from cerebro.hops where run = %s", run))


def status(connection: Connection, run: str) -> str:
    """Return the status of a run."""
    return str(value(connection, "select status from cerebro.runs where run = %s", run))
