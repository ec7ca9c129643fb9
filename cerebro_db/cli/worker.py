"""cerebro-db worker: a service that runs what is queued, and keeps workers ready for it."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from contextlib import ExitStack
from typing import Any

import click
import psycopg

from cerebro_db.cli._database import dsn_option, show_error

_IDLE_SECONDS = 2.0
_MAX_BACKOFF_SECONDS = 30.0
# Between two looks whether others have ended workers that were ready, or have left room for more.
_WARM_SECONDS = 10.0
# How long a session with its workers lasts: they grow, and their code may be outdated.
_SESSION_SECONDS = 3600.0
_LISTEN = 'listen "cerebro_db queue"'
_RUN_ONE = "select cerebro_run_queue(1)"
_KEEP_WARM = "select cerebro._keep_warm()"
# A database's, or a role's, is meant for people: what listens says nothing for hours.
_STAY = """
    select pg_catalog.set_config(name, '0', false)
    from pg_catalog.pg_settings
    where name = 'idle_session_timeout'
"""


@click.command()
@dsn_option
def worker(dsn: str) -> None:
    """Run what is queued with cerebro_submit, first come first served, as a service.

    It keeps as many workers ready as cerebro.settings.warm says: then a search of any session that
    finds it idle is handed to it, and need not wait until a framework is imported.

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
        # What was shown last of why workers cannot be kept warm.
        self._complaint = ""
        self._connection: psycopg.Connection[Any] | None = None

    def serve(self) -> None:
        """Run what is queued until a signal comes.

        An error that only a person can mend, such as a missing right, ends the program.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, self._stop)
        while not self._stopping:
            try:
                self._serve_session()
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

    def _serve_session(self) -> None:
        """Run what is queued for as long as one session is good for.

        That has warm workers, and code in it that may be outdated. Where none are to be kept ready
        it ends once it has run all there is.
        """
        with ExitStack() as stack:
            ear = stack.enter_context(self._connected())
            self._connection = stack.enter_context(self._connected())
            self._connection.add_notice_handler(lambda notice: click.echo(notice.message_primary))
            # In a session of its own: one that listens keeps what others notify of until its
            # transaction is over.
            with contextlib.suppress(psycopg.errors.FeatureNotSupported):
                ear.execute(_LISTEN)
            began = time.monotonic()
            ran, warm, looked = False, 0, 0.0
            while not self._stopping:
                if self._run_one():
                    ran, looked = True, 0.0
                elif time.monotonic() - looked > _WARM_SECONDS:
                    warm, looked = self._keep_warm(), time.monotonic()
                elif (ran and not warm) or time.monotonic() - began > _SESSION_SECONDS:
                    return
                else:
                    self._backoff = _IDLE_SECONDS
                    self._pause(_IDLE_SECONDS, ear)

    def _connected(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self._dsn, autocommit=True, application_name="cerebro-db")
        # What is left is a line for each run.
        connection.execute("set client_min_messages = warning")
        connection.execute(_STAY)
        return connection

    def _run_one(self) -> bool:
        return self._ask(_RUN_ONE) > 0

    def _keep_warm(self) -> int:
        """Have workers ready, and return how many: none where that cannot be now, which is shown,
        and keeps nothing in the queue from being run."""
        assert self._connection is not None
        try:
            ready, self._complaint = self._ask(_KEEP_WARM), ""
        except psycopg.Error as error:
            if self._stopping or self._connection.closed:
                raise
            if str(error) != self._complaint:
                show_error(error)
            self._complaint = str(error)
            return 0
        return ready

    def _ask(self, statement: str) -> int:
        assert self._connection is not None
        row = self._connection.execute(statement.encode()).fetchone()
        return 0 if row is None else int(row[0])

    def _pause(self, seconds: float, ear: psycopg.Connection[Any] | None = None) -> None:
        """Let some time pass, unless the program is stopped or something comes into the queue."""
        deadline = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < deadline:
            if ear is None:
                time.sleep(0.2)
            elif list(ear.notifies(timeout=0.2, stop_after=1)):
                return

    def _stop(self, *_: object) -> None:
        """Cancel the statement, and again as long as the program lives: it may just have begun."""
        self._stopping = True
        signal.alarm(1)
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=1)
