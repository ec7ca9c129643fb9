"""Runs units in worker sessions of a database server, as many at once as there are sessions.

What is said to a session is the server's own: the statements of its ``UnitSteps``.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from itertools import count

import psycopg
from psycopg.errors import UniqueViolation

from cerebro_db.engines._base import Load, Needed, RunPlace
from cerebro_db.engines.sessions.crew import Crew, in_one_line
from cerebro_db.engines.sessions.states import StateTable, StateTables, tables_of
from cerebro_db.engines.sessions.tables import Partition, Tables
from cerebro_db.engines.sessions.units import UnitSteps
from cerebro_db.engines.sessions.workers import Worker, Workers
from cerebro_db.errors import CacheMiss, Diverged, shortage_of
from cerebro_db.session import Row
from cerebro_db.session.client import ClientSession
from cerebro_db.session.job import POLL_SECONDS, Job
from cerebro_db.store import units, workers
from cerebro_db.training.appraisal import Appraised, Asked
from cerebro_db.training.metrics import stored
from cerebro_db.units import Network, Outcome, Slot, Unit

# How long the caller may have to wait where nothing ends: it looks after other things in between.
_WAIT_SECONDS = 0.5
# How many workers may end while they do a unit, before it is taken to be the reason.
_MOST_LOSSES = 3
# SQLSTATE classes of what others do: a deadlock or conflict with them, and an operator's hand.
_OTHERS = ("40", "57")
_LOCK_TIMEOUT = "55P03"
_OUT_OF_MEMORY = "53200"

StepsOf = Callable[[RunPlace, list[Partition], Workers], UnitSteps]


class SessionEngine:
    """Workers of one run, each a session that reaches the partitions of its segments.

    Args:
        control: a session that commits each statement, for the tables of the run's states.
        tables: what knows where the partitions of datasets are.
        states: what makes and drops the tables of states.
        workers: where worker sessions come from.
        segments: where the rows can be.
        count: how many workers to open. Opening returns at once; they get ready meanwhile.
        steps: makes what a worker does for a run's units.
        poll: called while waiting; raises when the caller is cancelled.
    """

    def __init__(
        self,
        control: ClientSession,
        tables: Tables,
        states: StateTables,
        workers: Workers,
        segments: Sequence[int],
        count: int,
        steps: StepsOf,
        poll: Callable[[], None],
    ) -> None:
        self._control = control
        self._tables = tables
        self._states = states
        self._sessions = workers
        self._steps_of = steps
        self._poll = poll
        self._crew = Crew(workers, segments, count)
        self._freed: list[int] = []
        self._units: dict[int, Unit] = {}
        # How many workers each unit has taken along.
        self._losses: Counter[Unit] = Counter()
        # The tables of states that there are, and the last epoch that a unit was started in.
        self._rooms: set[StateTable] = set()
        self._latest = 0
        # The epochs of which tables are needed, as they were when tables were last dropped.
        self._needed = Needed()
        self._place: RunPlace
        self._steps: UnitSteps
        self._training: list[Partition] = []
        self._reachable: dict[int, frozenset[int]] = {}

    @property
    def workers(self) -> int:
        """Return the number of workers, those included that are being replaced."""
        return len(self._crew.segments)

    @property
    def cold(self) -> int:
        """Return the number of workers that still import the framework."""
        return len(set(self._crew.busy) - self._units.keys())

    def place(self, place: RunPlace) -> None:
        """Say which run's units will follow; its chunks are committed."""
        self._place = place
        self._sessions.run = place.run
        workers.serve(self._control, self._crew.pids, place.run)
        partitions = self._tables.partitions_of(self._control, place.dataset)
        self._steps = self._steps_of(place, partitions, self._sessions)
        self._training = [partition for partition in partitions if not partition.validation]
        # A run that goes on has some; the last of them may have been made ahead of time.
        self._rooms = self._states.there(self._control, place.run)
        self._latest = max((table.epoch for table in self._rooms), default=1) - 1
        self._share_out()

    def freed(self) -> Sequence[Slot]:
        """Return the workers that became free since this was last asked, each once."""
        freed, self._freed = self._freed, []
        return [
            Slot(number, self._reachable[number], self._cached(self._crew[number]))
            for number in freed
        ]

    def start(self, worker: int, unit: Unit) -> None:
        """Begin a unit on a free worker and return at once."""
        self._make_room(unit.epoch)
        self._steps.look_up(unit)
        hand = self._crew[worker]
        self._latest = max(self._latest, unit.epoch)
        hand.job = Job(hand.connection, self._steps.steps(worker, hand, unit))
        self._units[worker] = unit

    def wait(self) -> list[Outcome]:
        """Wait until units or starts of workers have ended, half a second at most.

        Raises:
            NoConnection: no worker is left, and no new one can be had.
            Exception: whatever ``poll`` raises.
        """
        # Ahead of time: the workers are busy, and no unit has to wait for it later.
        self._make_room(min(self._latest + 1, self._place.epochs))
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            self._poll()
            self._freed += self._crew.replace()
            self._share_out()
            ended = self._crew.advance(POLL_SECONDS)
            outcomes = [outcome for number in ended if (outcome := self._end(number))]
            if outcomes or self._freed or time.monotonic() > deadline:
                return outcomes

    def retire(self, hops: Collection[int], ends: Collection[int]) -> None:
        """Drop the states that no configuration needs again; see ``RunEngine.retire``."""
        needed = Needed(frozenset(hops), frozenset(ends))
        if needed == self._needed:
            return
        self._needed = needed
        # Those included that were made to wake a state.
        self._rooms = self._states.there(self._control, self._place.run)
        past = {table for table in self._rooms if not needed.has(table.epoch, inside=table.inside)}
        self._states.drop(self._control, self._place.run, past)
        self._rooms -= past

    def appraise(self, asked: Asked, load: Load) -> Appraised:
        """Have a worker compare configurations; see ``RunEngine.appraise``."""
        for losses in count(1):
            number = self._idle()
            worker = self._crew[number]
            try:
                return self._appraised(worker, asked, load)
            except psycopg.Error as error:
                # A process that is gone has taken along what was predicted in it.
                lost = not worker.alive or error.sqlstate == CacheMiss.sqlstate
                if not lost or losses == _MOST_LOSSES:
                    raise
                if not worker.alive:
                    self._lose(number, error)
        raise AssertionError

    def _appraised(self, worker: Worker, asked: Asked, load: Load) -> Appraised:
        folds = self._place.folds.networks
        networks = [Network(config, fold) for config in asked.configs for fold in folds]
        for network in networks:
            steps = self._steps.predict_measured(
                worker.segments, network, *load(network), first=network == networks[0]
            )
            Job(worker.connection, steps).run(self._poll)
        steps = self._steps.compare(worker.segments, asked.to_json())
        return Appraised.from_json(Job(worker.connection, steps).run(self._poll))

    def _idle(self) -> int:
        """Return a worker that has nothing to do, once there is one; no unit may be under way."""
        while not (idle := self._crew.idle):
            self._poll()
            self._freed += self._crew.replace()
            for number in self._crew.advance(POLL_SECONDS):
                self._end(number)
        return min(idle)

    def cancel(self) -> None:
        """Stop all that is in flight and close all sessions."""
        self._crew.cancel()
        self._units.clear()

    def close(self) -> None:
        """Give back the workers that idle or get ready; close those that do something else."""
        if kept := self._crew.close():
            with suppress(psycopg.Error):
                workers.rest(self._control, kept)

    def _make_room(self, epoch: int) -> None:
        """Create the tables of an epoch's states, if they are not there."""
        needed = tables_of(self._place, epoch)
        if not needed <= self._rooms:
            self._states.create(self._control, self._place, epoch)
            self._rooms |= needed

    def _share_out(self) -> None:
        """Note which partitions each worker reaches, at first and when one was given up.

        A dataset may lie where no worker got ready when it was opened, or where the last one was
        given up: all share these segments, those included who wait for work.
        """
        segments = self._crew.segments
        if self._reachable.keys() == segments.keys():
            return
        covered = {segment for own in segments.values() for segment in own}
        self._reachable = {
            number: frozenset(
                partition.number
                for partition in self._training
                if partition.segment in own or partition.segment not in covered
            )
            for number, own in segments.items()
        }
        self._freed = self._crew.idle

    def _cached(self, worker: Worker) -> frozenset[int]:
        return frozenset(
            key.partition
            for shelf in worker.shelves.values()
            for key in shelf
            if key.dataset == self._place.dataset and not key.validation
        )

    def _end(self, number: int) -> Outcome | None:
        """Free a worker whose job is over; return how its unit ended, None if it had none."""
        worker = self._crew[number]
        assert worker.job is not None
        result, error = worker.job.result, worker.job.error
        worker.job = None
        unit = self._units.pop(number, None)
        if error is not None and (not worker.alive or _intervened(error)):
            # It rests, unless it is memory that is short: then it has to give back its own.
            short = shortage_of(error) not in (None, _OUT_OF_MEMORY)
            self._lose(number, error, rests=worker.alive and short and unit is not None)
            return None if unit is None else self._lost(number, unit, error)
        if unit is None and error is not None:
            raise error
        self._freed.append(number)
        if unit is None:
            return None
        self._crew.proven(number)
        if isinstance(error, UniqueViolation) and (row := self._committed(unit)):
            # By a worker that a planner before ours left behind, or that was taken for lost.
            result, error = row, None
        if error is not None:
            diverged = error.sqlstate == Diverged.sqlstate
            return Outcome(unit, number, error=in_one_line(error), diverged=diverged)
        return _trained(unit, number, result)

    def _lose(self, number: int, error: psycopg.Error, *, rests: bool = False) -> None:
        self._crew.lose(number, error, rests=rests)
        self._share_out()

    def _lost(self, number: int, unit: Unit, error: psycopg.Error) -> Outcome:
        """Return how a unit ended whose worker was lost: it may have been committed before."""
        if row := self._committed(unit):
            return _trained(unit, number, row)
        self._losses[unit] += not _intervened(error)
        if self._losses[unit] < _MOST_LOSSES:
            return Outcome(unit, number, lost=True)
        reason = f"{_MOST_LOSSES} workers ended while they trained it: {in_one_line(error)}"
        return Outcome(unit, number, error=reason)

    def _committed(self, unit: Unit) -> Row | None:
        """Return the row of a unit, None if it was not committed."""
        return units.committed(
            self._control, self._place.run, unit.network, unit.epoch, unit.partition
        )


def _intervened(error: psycopg.Error) -> bool:
    """Return whether it was no fault of the unit's: an operator's intervention, a shortage, or
    another session's hold on something."""
    sqlstate = error.sqlstate or ""
    return sqlstate[:2] in _OTHERS or sqlstate == _LOCK_TIMEOUT or shortage_of(error) is not None


def _trained(unit: Unit, number: int, row: Row) -> Outcome:
    """Return the outcome of a unit that is committed, of its row."""
    validation = None if row["validation"] is None else stored(row["validation"])
    return Outcome(unit, number, row["rows"], stored(row["training"]), validation)
