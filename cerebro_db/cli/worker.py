"""cerebro-db worker: a service that runs what is queued."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from typing import Any

import click
import psycopg

from cerebro_db.cli._database import dsn_option, show_error

_IDLE_SECONDS = 2.0
_MAX_BACKOFF_SECONDS = 30.0
_RUN_ONE = "select cerebro_run_queue(1)"


@click.command()
@dsn_option
def worker(dsn: str) -> None:
    """Run what is queued with cerebro_submit, first come first served, as a service.

    It connects again when the server was gone, and ends on SIGTERM or Ctrl-C: the run in hand goes
    back to the queue. Several may serve one queue.
    """
    _Service(dsn).serve()


class _Service:
    """Runs the queue, one run a statement, so that no transaction is longer than a run."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._stopping = False
        self._backoff = _IDLE_SECONDS
        self._connection: psycopg.Connection[Any] | None = None

    def serve(self) -> None:
        """Run what is queued until a signal comes.

        An error that only a person can mend, such as a missing right, ends the program.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, self._stop)
        while not self._stopping:
            try:
                self._serve_until_idle()
            except psycopg.OperationalError as error:
                # Of this class are cancels too, and they are what stopping is.
                if not self._stopping:
                    show_error(error)
                    self._pause(self._backoff)
                    self._backoff = min(2 * self._backoff, _MAX_BACKOFF_SECONDS)
            except psycopg.Error as error:
                show_error(error)
                sys.exit(1)
        # It would strike the interpreter on its way out, where nobody handles it any more.
        signal.alarm(0)

    def _serve_until_idle(self) -> None:
        """Wait for something to be queued, and run all there is.

        Then the session has warm workers, and code in it that may be outdated, so it ends.
        """
        with psycopg.connect(
            self._dsn, autocommit=True, application_name="cerebro-db"
        ) as self._connection:
            # What is left is a line for each run.
            self._connection.execute("set client_min_messages = warning")
            self._connection.add_notice_handler(lambda notice: click.echo(notice.message_primary))
            while not self._stopping and not self._run_one():
                self._backoff = _IDLE_SECONDS
                self._pause(_IDLE_SECONDS)
            while not self._stopping and self._run_one():
                pass

    def _run_one(self) -> bool:
        assert self._connection is not None
        row = self._connection.execute(_RUN_ONE).fetchone()
        return row is not None and row[0] > 0

    def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < deadline:
            time.sleep(0.2)

    def _stop(self, *_: object) -> None:
        """Cancel the statement, and again as long as the program lives: it may just have begun."""
        self._stopping = True
        signal.alarm(1)
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=1)
