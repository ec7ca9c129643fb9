"""Runs units in worker sessions of a database server, as many at once as there are sessions.

What is said to a session is the server's own: the statements of its ``UnitSteps``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from select import select
from textwrap import shorten
from typing import Any

import psycopg

from cerebro_db.engines._base import Outcome, RunPlace, Slot, Unit
from cerebro_db.engines.sessions.tables import Partition, Tables
from cerebro_db.engines.sessions.units import UnitSteps
from cerebro_db.engines.sessions.workers import Worker, Workers
from cerebro_db.errors import NoConnection
from cerebro_db.session import Row, Session
from cerebro_db.session.job import POLL_SECONDS, Job
from cerebro_db.session.messages import plain
from cerebro_db.store import units

# How long a cancelled unit may take to end before its session is closed under it.
_CANCEL_SECONDS = 2.0
# How many workers a run may lose before it is given up.
_MAX_LOSSES = 5


StepsOf = Callable[[RunPlace, list[Partition], Workers], UnitSteps]


class SessionEngine:
    """Workers of one run, each a session that reaches the partitions of its segments.

    Args:
        control: a session that commits each statement, for the tables of the run's states.
        tables: what makes and drops these tables.
        workers: where worker sessions come from.
        segments: where the rows can be; workers share them out, or several share one.
        count: how many workers to open. Opening returns at once; they get ready meanwhile.
        steps: makes what a worker does for a run's units.
        poll: called while waiting; raises when the caller is cancelled.
    """

    def __init__(
        self,
        control: Session,
        tables: Tables,
        workers: Workers,
        segments: Sequence[int],
        count: int,
        steps: StepsOf,
        poll: Callable[[], None],
    ) -> None:
        self._control = control
        self._tables = tables
        self._sessions = workers
        self._steps_of = steps
        self._poll = poll
        self._segments = [segments_of(number, count, segments) for number in range(count)]
        self._workers: dict[int, Worker] = {}
        self._units: dict[int, Unit] = {}
        self._losses = 0
        # The epochs whose states have a table, and the last epoch that a unit was started in.
        self._epochs: set[int] = set()
        self._latest = 0
        self._place: RunPlace
        self._steps: UnitSteps
        self._reachable: list[frozenset[int]]
        try:
            for number in range(count):
                self._workers[number] = workers.take(self._segments[number])
            workers.close_others(self._segments)
        except BaseException:
            self.cancel()
            raise
        self._freed = [number for number, worker in self._workers.items() if worker.job is None]

    @property
    def workers(self) -> int:
        """Return the number of workers."""
        return len(self._workers)

    @property
    def cold(self) -> int:
        """Return the number of workers that still import the framework."""
        working = {number for number, worker in self._workers.items() if worker.job is not None}
        return len(working - self._units.keys())

    def place(self, place: RunPlace) -> None:
        """Say which run's units will follow; its chunks are committed."""
        self._place = place
        partitions = self._tables.partitions_of(self._control, place.dataset)
        self._steps = self._steps_of(place, partitions, self._sessions)
        training = [partition for partition in partitions if not partition.validation]
        # A dataset may lie where no worker got ready when it was opened: all share these segments.
        covered = {segment for own in self._segments for segment in own}
        self._reachable = [
            frozenset(
                partition.number
                for partition in training
                if partition.segment in own or partition.segment not in covered
            )
            for own in self._segments
        ]

    def freed(self) -> Sequence[Slot]:
        """Return the workers that became free since this was last asked, each once."""
        freed, self._freed = self._freed, []
        return [
            Slot(number, self._reachable[number], self._cached(self._workers[number]))
            for number in freed
        ]

    def start(self, worker: int, unit: Unit) -> None:
        """Begin a unit on a free worker and return at once."""
        self._make_room(unit.epoch)
        self._steps.look_up(unit)
        hand = self._workers[worker]
        self._units[worker] = unit
        self._latest = max(self._latest, unit.epoch)
        hand.job = Job(hand.connection, self._steps.steps(worker, hand, unit))

    def wait(self) -> list[Outcome]:
        """Block until units or starts of workers have ended.

        Raises:
            NoConnection: workers keep being lost.
            Exception: whatever ``poll`` raises.
        """
        # Ahead of time: the workers are busy, and no unit has to wait for it later.
        self._make_room(min(self._latest + 1, self._place.epochs))
        while True:
            self._poll()
            busy = {w.job.socket: n for n, w in self._workers.items() if w.job is not None}
            ready, _, _ = select(list(busy), [], [], POLL_SECONDS)
            ended = [busy[socket] for socket in ready if self._workers[busy[socket]].advance()]
            if ended:
                outcomes = [self._outcome(number) for number in ended]
                # What replaces a lost one may be busy getting ready.
                self._freed += [number for number in ended if self._workers[number].job is None]
                return [outcome for outcome in outcomes if outcome is not None]

    def retire(self, epoch: int) -> None:
        """Drop the states of an epoch that no configuration will need again."""
        if epoch in self._epochs:
            self._tables.drop_states(self._control, self._place.run, epoch)
            self._epochs.discard(epoch)

    def cancel(self) -> None:
        """Stop all units in flight and close all sessions."""
        # Greenplum turns each of the signals of one cancel into an interrupt of its own, which
        # strikes where Python makes a call.
        try:
            try:
                self._cancel()
            finally:
                if self._workers:
                    self._cancel()
        finally:
            if self._workers:
                self._cancel()

    def _cancel(self) -> None:
        jobs = {n: w.job for n, w in self._workers.items() if w.job is not None}
        # A worker that is still importing the framework notices nothing before it is done.
        busy = {job.socket: job for number, job in jobs.items() if number in self._units}
        try:
            for job in jobs.values():
                job.abandon()
            deadline = time.monotonic() + _CANCEL_SECONDS
            while busy and (left := deadline - time.monotonic()) > 0:
                for socket in select(list(busy), [], [], left)[0]:
                    if busy[socket].advance():
                        del busy[socket]
        finally:
            for worker in self._workers.values():
                worker.connection.close()
            self._workers.clear()
            self._units.clear()

    def close(self) -> None:
        """Give the idle workers back, warm; close the others."""
        for worker in self._workers.values():
            if worker.job is None:
                self._sessions.give_back(worker)
            else:
                worker.connection.close()
        self._workers.clear()

    def _make_room(self, epoch: int) -> None:
        """Create the table of an epoch's states, if it is not there."""
        if epoch not in self._epochs:
            self._tables.create_states(self._control, self._place.run, epoch)
            self._epochs.add(epoch)

    def _cached(self, worker: Worker) -> frozenset[int]:
        return frozenset(
            key.partition
            for shelf in worker.shelves.values()
            for key in shelf
            if key.dataset == self._place.dataset and not key.validation
        )

    def _outcome(self, number: int) -> Outcome | None:
        """Free a worker whose job is over; return how its unit ended, None if it had none."""
        worker = self._workers[number]
        assert worker.job is not None
        result, error = worker.job.result, worker.job.error
        worker.job = None
        unit = self._units.pop(number, None)
        if error is not None and (not worker.alive or _intervened(error)):
            self._replace(number, error)
            result = self._committed(unit) if unit is not None else None
            error = None
        if unit is None:
            if error is not None:
                raise error
            return None
        if error is not None:
            return Outcome(unit, number, error=_message(error))
        if result is None:
            return Outcome(unit, number, lost=True)
        training, validation = _numbers(result["training"]), _numbers(result["validation"])
        return Outcome(unit, number, result["rows"], training, validation)

    def _replace(self, number: int, error: psycopg.Error) -> None:
        """Open a session in the place of a lost one."""
        self._losses += 1
        self._workers[number].connection.close()
        if self._losses > _MAX_LOSSES:
            raise NoConnection(
                f"the run has lost {self._losses} worker sessions",
                detail=f"The last one ended with: {_message(error)}",
                hint="See the server's log; a worker needs about 1 GB of memory.",
            ) from error
        self._workers[number] = self._sessions.take(self._segments[number])

    def _committed(self, unit: Unit) -> Row | None:
        """Return the row of a unit that its worker committed before it was lost."""
        return units.committed(
            self._control, self._place.run, unit.config, unit.epoch, unit.partition
        )


def segments_of(worker: int, workers: int, segments: Sequence[int]) -> tuple[int, ...]:
    """Return the segments of a worker: one, or several where there are fewer workers than segments.

    Workers beyond the number of segments start over with the first one.
    """
    if workers >= len(segments):
        return (segments[worker % len(segments)],)
    return tuple(segments[worker::workers])


def _intervened(error: psycopg.Error) -> bool:
    """Return whether it was no fault of the unit's.

    An operator cancelled the worker's statement (class 57), or Greenplum lost the worker's process
    on a segment (58M01).
    """
    state = error.sqlstate or ""
    return state.startswith("57") or state == "58M01"


def _message(error: psycopg.Error) -> str:
    """Return an error in one line of a length that a person reads."""
    parts = (plain(error.diag.message_primary or str(error).strip()), error.diag.message_detail)
    return shorten("; ".join(part for part in parts if part), 300)


def _numbers(metrics: dict[str, Any] | None) -> dict[str, float] | None:
    """Return metrics as floats: JSON has no NaN, so it came as text."""
    if metrics is None:
        return None
    return {name: float(value) for name, value in metrics.items() if value is not None}
