"""Statements that run on a connection while the caller goes on: libpq's asynchronous side.

A job is a generator that yields statements and gets their rows back, so that what a worker does for
a unit reads top to bottom although many workers are at it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from select import select
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result


@dataclass(frozen=True)
class Statement:
    """One statement with $1 placeholders, and its parameters."""

    text: str
    parameters: tuple[str | int | bytes | None, ...] = ()


# How long the caller's interrupts may go unnoticed while something is in flight.
POLL_SECONDS = 0.1

Rows = list[tuple[Any, ...]]
Steps = Generator[Statement, Rows, Any]


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
            Exception: whatever ``poll``, called several times a second, raises.
        """
        while True:
            ready, _, _ = select([self.socket], [], [], POLL_SECONDS)
            if not ready:
                poll()
            elif self.advance():
                if self.error is not None:
                    raise self.error
                return self.result

    def _advance(self) -> bool:
        pgconn = self.connection.pgconn
        pgconn.consume_input()
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

    def _send(self, statement: Statement) -> None:
        pgconn = self.connection.pgconn
        given = statement.parameters
        pgconn.send_query_params(
            statement.text.encode(),
            [p if p is None or isinstance(p, bytes) else str(p).encode() for p in given],
            param_formats=[pq.Format.BINARY if isinstance(p, bytes) else 0 for p in given],
            result_format=pq.Format.BINARY,
        )
        while pgconn.flush():
            select([], [pgconn.socket], [])

    def _take_result(self) -> Rows | psycopg.Error:
        """Read the statement's results to their end, which cannot block once one has arrived."""
        outcome: Rows | psycopg.Error = []
        while (result := self.connection.pgconn.get_result()) is not None:
            match result.status:
                case pq.ExecStatus.TUPLES_OK:
                    transformer = Transformer(self.connection)
                    transformer.set_pgresult(result)
                    outcome = transformer.load_rows(0, result.ntuples, tuple)
                case pq.ExecStatus.COMMAND_OK:
                    pass
                case _:
                    outcome = error_from_result(result)
        return outcome
