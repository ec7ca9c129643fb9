"""Worker sessions, kept warm by the backend that opened them for its next run.

A warm session has the framework imported and chunks cached. It belongs to the process of the caller
and ends with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from select import select
from typing import Any, ClassVar

import psycopg

from cerebro_db.engines.cache import Shelf
from cerebro_db.engines.postgres.loopback import Loopback, connect
from cerebro_db.session.job import Job, Statement, Steps
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "units.sql")


@dataclass(frozen=True)
class WorkerLimits:
    """What one worker may use: threads of the framework, and bytes of cached chunks."""

    threads: int
    cache_bytes: int

    @classmethod
    def of(cls, threads: int, cache_mb: int) -> WorkerLimits:
        """Return limits with the cache in megabytes."""
        return cls(threads, cache_mb * 2**20)


@dataclass
class Worker:
    """A session that trains; ``job`` is what it is doing, ``cached`` what it should still hold."""

    connection: psycopg.Connection[Any]
    loopback: Loopback
    limits: WorkerLimits
    job: Job | None
    cached: Shelf

    @property
    def alive(self) -> bool:
        """Whether the session is still there, as far as is known."""
        return self.connection.pgconn.status == psycopg.pq.ConnStatus.OK

    def advance(self) -> bool:
        """Take in what has arrived for the job; return whether it is over, well or not."""
        return self.job is None or self.job.advance()

    def still_there(self) -> bool:
        """Return whether an idle session has not ended: its end would wait to be read."""
        pgconn = self.connection.pgconn
        try:
            if select([pgconn.socket], [], [], 0)[0]:
                pgconn.consume_input()
        except psycopg.OperationalError:
            return False
        return self.alive


class Workers:
    """Hands out warm sessions, and opens new ones where there are none.

    Args:
        loopback: where workers connect.
        limits: what each may use.
    """

    _warm: ClassVar[list[Worker]] = []

    def __init__(self, loopback: Loopback, limits: WorkerLimits) -> None:
        self.loopback = loopback
        self.limits = limits

    def take(self, *, any_limits: bool = False) -> Worker:
        """Return a worker: a warm one, or a new one that is busy with its start.

        A framework's threads cannot be changed once it runs, so warm sessions of other limits are
        closed, unless any will do.

        Raises:
            NoConnection: the server refused a new session.
        """
        while self._warm:
            worker = self._warm.pop()
            suits = any_limits or worker.limits == self.limits
            if suits and worker.loopback == self.loopback and worker.still_there():
                return worker
            worker.connection.close()
        connection = connect(self.loopback, "cerebro_db worker")
        return Worker(
            connection,
            self.loopback,
            self.limits,
            Job(connection, self._start()),
            Shelf(self.limits.cache_bytes),
        )

    def give_back(self, worker: Worker) -> None:
        """Keep an idle worker for the next call in this session."""
        self._warm.append(worker)

    def _start(self) -> Steps:
        yield Statement(_SQL["start_worker"], (self.limits.threads, self.limits.cache_bytes))
