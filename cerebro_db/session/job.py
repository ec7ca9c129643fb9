"""Statements that run on a connection while the caller goes on: libpq's asynchronous side.

A job is a generator that yields statements and gets their rows back, so that what a session does
reads top to bottom although many sessions are at it at once, and so that whoever waits can be
interrupted: libpq's own waiting notices nothing of what PostgreSQL wants of the backend around it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from select import select
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.types.json import Jsonb

from cerebro_db.session._base import Row


@dataclass(frozen=True)
class Statement:
    """One statement with $1 placeholders, and its parameters as a Session takes them."""

    text: str
    parameters: tuple[Any, ...] = ()


# How long the caller's interrupts may go unnoticed while something is in flight.
POLL_SECONDS = 0.1
# How long a cancelled statement may take to end.
_SETTLE_SECONDS = 1.0

Steps = Generator[Statement, list[Row], Any]


class Job:
    """Runs the statements of a generator, one after the other, without blocking.

    When it is over, ``result`` is what the generator returned, or ``error`` what ended it: an error
    of a statement that the generator did not catch, or the loss of the connection.
    """

    def __init__(self, connection: psycopg.Connection[Any], steps: Steps) -> None:
        self.connection = connection
        self.result: Any = None
        self.error: psycopg.Error | None = None
        self._steps = steps
        self._send(next(steps))

    @property
    def socket(self) -> int:
        """The descriptor to wait on until it can be read."""
        return self.connection.pgconn.socket

    def advance(self) -> bool:
        """Take in what has arrived; return whether the job is over."""
        try:
            return self._advance()
        except psycopg.Error as error:
            self.error = error
            return True

    def run(self, poll: Callable[[], None]) -> Any:
        """Go on to the end, and return what the generator returned.

        Raises:
            psycopg.Error: what ended the job early.
            Exception: whatever ``poll``, called several times a second, raises; then the statement
                in flight is cancelled.
        """
        try:
            while True:
                ready, _, _ = select([self.socket], [], [], POLL_SECONDS)
                if not ready:
                    poll()
                elif self.advance():
                    break
        except BaseException:
            self.abandon()
            self._settle()
            raise
        if self.error is not None:
            raise self.error
        return self.result

    def abandon(self) -> None:
        """Send nothing more, and ask the server to cancel what is in flight."""
        self._steps.close()
        with contextlib.suppress(psycopg.Error):
            self.connection.cancel_safe(timeout=1)

    def _settle(self) -> None:
        """Wait a moment for what was cancelled to end, so that the connection is of use again."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            if select([self.socket], [], [], left)[0] and self.advance():
                return

    def _advance(self) -> bool:
        pgconn = self.connection.pgconn
        try:
            pgconn.consume_input()
        except psycopg.OperationalError as error:
            # What the server said before it hung up tells more.
            raise self._last_word() or error from None
        while not pgconn.is_busy():
            rows = self._take_result()
            try:
                statement = (
                    self._steps.throw(rows)
                    if isinstance(rows, psycopg.Error)
                    else self._steps.send(rows)
                )
            except StopIteration as end:
                self.result = end.value
                return True
            self._send(statement)
        return False

    def _last_word(self) -> psycopg.Error | None:
        """Return what the server said of the end of the connection, if it said anything."""
        word = self._take_result()
        return word if isinstance(word, psycopg.Error) and word.sqlstate else None

    def _send(self, statement: Statement) -> None:
        pgconn = self.connection.pgconn
        transformer = Transformer(self.connection)
        given = [Jsonb(p) if isinstance(p, dict) else p for p in statement.parameters]
        values = transformer.dump_sequence(given, [PyFormat.AUTO] * len(given))
        pgconn.send_query_params(
            statement.text.encode(),
            values,
            param_types=transformer.types,
            param_formats=transformer.formats,
            result_format=pq.Format.BINARY,
        )
        while pgconn.flush():
            select([], [pgconn.socket], [])

    def _take_result(self) -> list[Row] | psycopg.Error:
        """Read the statement's results to their end, which cannot block once one has arrived."""
        outcome: list[Row] | psycopg.Error = []
        while (result := self.connection.pgconn.get_result()) is not None:
            match result.status:
                case pq.ExecStatus.TUPLES_OK:
                    outcome = self._rows(result)
                case pq.ExecStatus.COMMAND_OK:
                    pass
                case _ if not isinstance(outcome, psycopg.Error):
                    # The first says why; another one may say that the connection is gone.
                    outcome = error_from_result(result)
        return outcome

    def _rows(self, result: pq.abc.PGresult) -> list[Row]:
        transformer = Transformer(self.connection)
        transformer.set_pgresult(result)
        names = [(result.fname(i) or b"").decode() for i in range(result.nfields)]
        return [
            dict(zip(names, row, strict=True))
            for row in transformer.load_rows(0, result.ntuples, tuple)
        ]
