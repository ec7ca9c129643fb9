"""Worker sessions, kept warm by the backend that opened them for its next run.

A warm session has the framework imported and chunks cached. It belongs to the process of the caller
and ends with it, or by itself when it has idled for a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

import psycopg

from cerebro_db.engines._base import WorkerLimits
from cerebro_db.engines.cache import Shelf
from cerebro_db.engines.sessions.loopback import Loopback, commits, connect, idling
from cerebro_db.errors import NoConnection
from cerebro_db.polls import GivenUp, at_most, no_poll
from cerebro_db.session.client import ClientSession
from cerebro_db.session.job import Job, Statement, Steps, go_on
from cerebro_db.store.serving import ServedNetwork
from cerebro_db.store.workers import State, begins, leave, turns

Start = Callable[[WorkerLimits, int], Statement]
"""Makes the statement that gets a session ready to train on a segment, which takes seconds."""

# How long it may take to have the server end workers: for ever, where the caller has locked what a
# new session reads.
_LEAVE_SECONDS = 10.0


@dataclass
class Worker:
    """A session that trains; ``job`` is what it is doing.

    Args:
        connection: the session.
        loopback, limits: what it was opened with.
        segments: where it got ready when it was opened; on PostgreSQL segment 0 is all there is.
        commits: the statement that decided how durably it commits.
        idle_seconds: how long it may idle before it ends by itself; 0: for ever.
        shelves: what its process on each segment should still hold.
        ready: whether it has been got ready to train.
        known: whether it says for whom it works, as it does where it can write.
        sessions: on whose behalf it works, or did last.
        models: what it has loaded to predict with, by run and configuration; it may hold less.
    """

    connection: psycopg.Connection[Any]
    loopback: Loopback
    limits: WorkerLimits
    segments: tuple[int, ...]
    sessions: Workers
    ready: bool = False
    known: bool = True
    job: Job | None = None
    commits: str = commits("async")
    idle_seconds: int = 0
    models: dict[tuple[int, int], ServedNetwork] = field(default_factory=dict)
    shelves: dict[int, Shelf] = field(init=False)
    pid: int = field(init=False)
    """The session's process, on Greenplum that of its coordinator."""

    def __post_init__(self) -> None:
        self.pid = self.connection.info.backend_pid
        self.shelves = defaultdict(lambda: Shelf(self.limits.cache_bytes))

    @property
    def alive(self) -> bool:
        """Whether the session is still there, as far as is known."""
        return self.connection.pgconn.status == psycopg.pq.ConnStatus.OK

    def still_there(self) -> bool:
        """Return whether a warm session has not ended: its end would wait to be read."""
        if self.job is not None:
            go_on([self.job], 0)
            if not self.job.over:
                return True
            failed, self.job = self.job.error, None
            return failed is None
        pgconn = self.connection.pgconn
        try:
            # With nothing to be read this returns at once.
            pgconn.consume_input()
        except psycopg.OperationalError:
            return False
        return self.alive

    def may_idle(self, seconds: int, poll: Callable[[], None]) -> bool:
        """Have the session end by itself once it idles for so long, 0 for never.

        Args:
            seconds: how long.
            poll: called while waiting; raises when the caller is cancelled.

        Returns:
            Whether it was still there.
        """
        try:
            Job(self.connection, idling(seconds)).run(poll)
        except psycopg.OperationalError:
            return False
        self.idle_seconds = seconds
        return True


class Workers:
    """Hands out warm sessions, and opens new ones where there are none.

    Args:
        loopback: where workers connect.
        limits: what each may use.
        start: gets a new one ready.
        poll: called while one connects; raises when the caller is cancelled.
        role: whom they work for; None: whoever has a model predict.
    """

    _warm: ClassVar[list[Worker]] = []

    def __init__(
        self,
        loopback: Loopback,
        limits: WorkerLimits,
        start: Start,
        poll: Callable[[], None] = no_poll,
        role: str | None = None,
    ) -> None:
        self.run: int | None = None
        """The run that they work for, once it is known."""
        self.rests: State = "idle"
        """What a worker says of itself that was given back."""
        self.loopback = loopback
        self.role = role
        self.limits = limits
        self.start = start
        self._poll = poll

    def take(self, segments: tuple[int, ...] = (0,), *, briefly: bool = False) -> Worker:
        """Return a worker for these segments: a warm one, or one that is busy getting ready.

        A process has one framework, whose threads cannot be changed once it runs: warm sessions of
        other limits are closed. If the worker is for a moment only, they are left alone, and any of
        the framework will do, and may end when idle.

        Raises:
            NoConnection: the server refused a new session.
        """
        for worker in list(self._warm):
            of_use = briefly or worker.limits == self.limits
            suits = worker.limits.framework == self.limits.framework
            if not (of_use and worker.loopback == self.loopback and worker.still_there()):
                self._warm.remove(worker)
                worker.connection.close()
            elif suits and worker.segments == segments:
                self._warm.remove(worker)
                worker.sessions = self
                if worker.job is not None:
                    return worker
                if (briefly or worker.may_idle(0, self._poll)) and self._turn(worker, "working"):
                    return worker
                worker.connection.close()
        connection = connect(self.loopback, "cerebro_db worker", self._poll)
        worker = Worker(connection, self.loopback, self.limits, segments, self)
        try:
            # At once: from here on the server works while the caller does other things.
            Job(connection, _introduce(worker)).run(self._poll)
            worker.job = Job(connection, _get_ready(worker))
        except BaseException:
            connection.close()
            raise
        return worker

    def leave(self, workers: Iterable[Worker]) -> None:
        """Let workers go that did not answer a cancel, which the server then ends when it can.

        Their own connections are closed already, or of no more use. Where the server cannot be told
        in time, they end by themselves.
        """
        pids = [worker.pid for worker in workers]
        if pids:
            poll = at_most(_LEAVE_SECONDS)
            with (
                suppress(GivenUp, NoConnection, psycopg.Error),
                connect(self.loopback, "cerebro_db control", poll) as connection,
            ):
                leave(ClientSession(connection, poll), pids)

    def at_rest(self) -> Counter[tuple[int, ...]]:
        """Return how many workers of which segments say already what these say at rest, all warm
        ones; none, where one does not."""
        self.close_where(lambda worker: not worker.still_there())
        if not all(self._rests(worker) for worker in self._warm):
            return Counter()
        return Counter(worker.segments for worker in self._warm)

    def _rests(self, worker: Worker) -> bool:
        given_back, own = worker.sessions, (self.rests, self.role, self.loopback, self.limits)
        said = (given_back.rests, given_back.role, worker.loopback, worker.limits)
        return worker.job is None and said == own

    def close_others(self, wanted: Collection[tuple[int, ...]]) -> None:
        """Close the warm workers of segments that nobody here shares out like this any more."""
        self.close_where(lambda worker: worker.segments not in wanted)

    def close_where(self, unwanted: Callable[[Worker], bool]) -> None:
        """Close the warm workers of which something holds."""
        for worker in list(self._warm):
            if unwanted(worker):
                self._warm.remove(worker)
                worker.connection.close()

    def give_back(self, worker: Worker) -> None:
        """Keep an idle worker for the next call in this session, if that comes soon enough."""
        kept = False
        try:
            may_idle = bool(worker.idle_seconds) or worker.may_idle(
                self.limits.idle_seconds, self._poll
            )
            kept = may_idle and self._turn(worker, self.rests)
        finally:
            if kept:
                self._warm.append(worker)
            else:
                worker.connection.close()

    def keep(self, worker: Worker) -> None:
        """Keep a worker that gets ready: the next call in this session finds it, ready or not."""
        self._warm.append(worker)

    def _turn(self, worker: Worker, state: State) -> bool:
        """Have a worker say what it does now; return whether it was still there."""
        try:
            Job(worker.connection, _turn(worker, state)).run(self._poll)
        except psycopg.OperationalError:
            return False
        return True


def _introduce(worker: Worker) -> Steps:
    """Have a new worker say for whom it works, and end if nobody comes for it once it is ready."""
    worker.known = yield from begins(worker.pid, worker.sessions.role, worker.sessions.run)
    yield from idling(worker.limits.idle_seconds)


def _get_ready(worker: Worker) -> Steps:
    """Get a new worker ready; who opened it may be gone by then, and another wait for it."""
    for segment in worker.segments:
        yield worker.sessions.start(worker.limits, segment)
    yield from idling(0)
    worker.ready = True
    # For whom may be known only now.
    yield from _turn(worker, "working")


def _turn(worker: Worker, state: State) -> Steps:
    """Have a worker say what it does now, for its present sessions."""
    if worker.known:
        yield from turns(worker.pid, state, worker.sessions.role, worker.sessions.run)
