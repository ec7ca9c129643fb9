"""Statements that run on connections while the caller goes on: libpq's asynchronous side.

A job is a generator that yields statements and gets their rows back, so that what a session does
reads top to bottom although many sessions are at it at once. Whoever waits for jobs can be
interrupted: libpq's own waiting notices nothing of what PostgreSQL wants of the backend around it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from select import POLLIN, POLLOUT, poll
from typing import Any

import psycopg
from psycopg import generators, pq
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.types.json import Jsonb
from psycopg.waiting import Ready, Wait

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

    The first one is on its way when the job is made; ``go_on`` does the rest. When the job is
    ``over``, ``result`` is what the generator returned, or ``error`` what ended it: an error of a
    statement that the generator did not catch, or the loss of the connection.
    """

    def __init__(self, connection: psycopg.Connection[Any], steps: Steps) -> None:
        self.connection = connection
        self.over = False
        self.result: Any = None
        self.error: psycopg.Error | None = None
        self._steps = steps
        self._exchange = self._exchanged(steps)
        self._wait = Wait.R
        self._resume(None)

    @property
    def sending(self) -> bool:
        """Whether the server has not taken the whole statement yet."""
        return not self.over and bool(self._wait & Wait.W)

    def run(self, poll: Callable[[], None]) -> Any:
        """Go on to the end, and return what the generator returned.

        Raises:
            psycopg.Error: what ended the job early.
            Exception: whatever ``poll``, called several times a second, raises; then the statement
                in flight is cancelled. Whatever the generator itself raises.
        """
        self._run_until(_over, poll)
        if self.error is not None:
            raise self.error
        return self.result

    def deliver(self, poll: Callable[[], None]) -> None:
        """Go on until the server has the whole statement, and works on it by itself.

        Raises:
            Exception: as in ``run``; what ends the job is for ``run`` to raise.
        """
        self._run_until(lambda job: not job.sending, poll)

    def abandon(self) -> None:
        """Send nothing more, and have the server cancel what it was sent."""
        self._steps.close()
        if self.sending:
            # While it receives a statement the server heeds no cancel; half of one it never begins.
            self.connection.close()
            self.over = True
        else:
            with contextlib.suppress(psycopg.Error):
                self.connection.cancel_safe(timeout=1)

    def _run_until(self, there: Callable[[Job], bool], poll: Callable[[], None]) -> None:
        try:
            while not go_on([self], POLL_SECONDS, there):
                poll()
        except BaseException:
            if not self.over:
                self._give_up()
            raise

    def _give_up(self) -> None:
        self.abandon()
        if not go_on([self], _SETTLE_SECONDS):
            # Nobody will be there for what it still answers.
            self.connection.close()

    def _resume(self, ready: Ready | None) -> None:
        """Send and take in what can be without waiting; None begins."""
        try:
            self._wait = next(self._exchange) if ready is None else self._exchange.send(ready)
        except StopIteration as end:
            self.over, self.result = True, end.value
        except psycopg.Error as error:
            self.over, self.error = True, error
        except BaseException:
            # Of the steps' own: nothing is in flight.
            self.over = True
            raise

    def _exchanged(self, steps: Steps) -> PQGen[Any]:
        """Send each statement and give its rows to the steps, in psycopg's own way of waiting."""
        try:
            statement = next(steps)
            while True:
                self._send(statement)
                try:
                    results = yield from generators.execute(self.connection.pgconn)
                except psycopg.OperationalError as error:
                    # What the server said before it hung up tells more.
                    raise self._last_word() or error from None
                answer = self._answer(results)
                if isinstance(answer, psycopg.Error):
                    statement = steps.throw(answer)
                else:
                    statement = steps.send(answer)
        except StopIteration as end:
            return end.value

    def _send(self, statement: Statement) -> None:
        transformer = Transformer(self.connection)
        given = [Jsonb(p) if isinstance(p, dict) else p for p in statement.parameters]
        values = transformer.dump_sequence(given, [PyFormat.AUTO] * len(given))
        self.connection.pgconn.send_query_params(
            statement.text.encode(),
            values,
            param_types=transformer.types,
            param_formats=transformer.formats,
            result_format=pq.Format.BINARY,
        )

    def _answer(self, results: list[pq.abc.PGresult]) -> list[Row] | psycopg.Error:
        rows: list[Row] = []
        for result in results:
            match result.status:
                case pq.ExecStatus.TUPLES_OK:
                    rows = self._rows(result)
                case pq.ExecStatus.COMMAND_OK:
                    pass
                case _:
                    # The first says why; another one may say that the connection is gone.
                    return error_from_result(result)
        return rows

    def _last_word(self) -> psycopg.Error | None:
        """Return what the server said of the end of the connection, if it said anything."""
        pgconn = self.connection.pgconn
        word = self._answer(list(iter(pgconn.get_result, None)))
        return word if isinstance(word, psycopg.Error) and word.sqlstate else None

    def _rows(self, result: pq.abc.PGresult) -> list[Row]:
        transformer = Transformer(self.connection)
        transformer.set_pgresult(result)
        names = [(result.fname(i) or b"").decode() for i in range(result.nfields)]
        return [
            dict(zip(names, row, strict=True))
            for row in transformer.load_rows(0, result.ntuples, tuple)
        ]


def _over(job: Job) -> bool:
    return job.over


def go_on(jobs: Collection[Job], seconds: float, there: Callable[[Job], bool] = _over) -> list[Job]:
    """Let jobs go on side by side, each as fast as its own server sends and receives.

    Args:
        jobs: those that are waited for.
        seconds: how long to wait at most.
        there: whether a job has come as far as is wanted.

    Returns:
        Those that have, as soon as there are any.
    """
    deadline = time.monotonic() + seconds
    while not (found := [job for job in jobs if there(job)]):
        left = deadline - time.monotonic()
        for job, ready in _ready(jobs, max(left, 0)):
            job._resume(ready)
        if left <= 0:
            return [job for job in jobs if there(job)]
    return found


def _ready(jobs: Collection[Job], seconds: float) -> Iterator[tuple[Job, Ready]]:
    """Yield the jobs whose connections can be read or written, or are lost."""
    waiting = poll()
    sockets = {}
    for job in jobs:
        if not job.over:
            socket = job.connection.pgconn.socket
            sockets[socket] = job
            waiting.register(socket, POLLIN | (POLLOUT if job.sending else 0))
    for socket, events in waiting.poll(1000 * seconds):
        # Whatever else happens to a connection, an attempt to read tells.
        read = Ready.R if events & ~POLLOUT else 0
        write = Ready.W if events & POLLOUT else 0
        yield sockets[socket], Ready(read | write)
