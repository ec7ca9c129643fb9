"""Runs units in worker sessions of one PostgreSQL server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from select import select
from typing import Any

import psycopg

from cerebro_db.engines._base import Outcome, Slot, Unit
from cerebro_db.engines.postgres import tables
from cerebro_db.engines.postgres.job import POLL_SECONDS, Job, Rows, Statement, Steps
from cerebro_db.engines.postgres.workers import Worker, Workers
from cerebro_db.errors import CacheMiss, NoConnection
from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "units.sql")

# How long a cancelled unit may take to end before its session is closed under it.
_CANCEL_SECONDS = 2.0
# How many workers a run may lose before it is given up.
_MAX_LOSSES = 5


@dataclass(frozen=True)
class RunPlace:
    """What the units of a run have in common."""

    run: int
    dataset: int
    seed: int
    partitions: int
    validate: bool


class PostgresEngine:
    """Workers of one run; every worker reaches every partition.

    Args:
        control: a session that commits each statement, for the tables of the run's states.
        workers: where worker sessions come from.
        count: how many to open. Opening returns at once; they import the framework meanwhile.
        poll: called while waiting; raises when the caller is cancelled.
    """

    def __init__(
        self, control: Session, workers: Workers, count: int, poll: Callable[[], None]
    ) -> None:
        self._control = control
        self._sessions = workers
        self._poll = poll
        self._workers: dict[int, Worker] = {}
        self._units: dict[int, Unit] = {}
        self._losses = 0
        self._epochs: set[int] = set()
        self._place: RunPlace
        self._chunks: dict[tuple[bool, int], int] = {}
        try:
            for number in range(count):
                self._workers[number] = workers.take()
        except BaseException:
            self.cancel()
            raise

    @property
    def workers(self) -> int:
        """Return the number of workers."""
        return len(self._workers)

    def place(self, place: RunPlace) -> None:
        """Say which run's units will follow; its chunks are committed."""
        self._place = place
        self._chunks = tables.count_chunks(self._control, place.dataset)

    def free(self) -> Sequence[Slot]:
        """Return the workers that could start a unit now."""
        reachable = frozenset(range(self._place.partitions))
        return [
            Slot(
                number,
                reachable,
                frozenset(
                    partition
                    for dataset, validation, partition in worker.cached
                    if dataset == self._place.dataset and not validation
                ),
            )
            for number, worker in self._workers.items()
            if worker.job is None
        ]

    def start(self, worker: int, unit: Unit) -> None:
        """Begin a unit on a free worker and return at once."""
        if unit.epoch not in self._epochs:
            tables.create_states(self._control, self._place.run, unit.epoch)
            self._epochs.add(unit.epoch)
        hand = self._workers[worker]
        self._units[worker] = unit
        hand.job = Job(hand.connection, self._steps(worker, hand, unit))

    def wait(self) -> list[Outcome]:
        """Block until units or starts of workers have ended.

        Raises:
            NoConnection: workers keep being lost.
            Exception: whatever ``poll`` raises.
        """
        while True:
            self._poll()
            busy = {
                worker.job.socket: number
                for number, worker in self._workers.items()
                if worker.job is not None
            }
            ready, _, _ = select(list(busy), [], [], POLL_SECONDS)
            ended = [number for number in map(busy.__getitem__, ready) if self._advance(number)]
            if ended:
                outcomes = [self._outcome(number) for number in ended]
                return [outcome for outcome in outcomes if outcome is not None]

    def retire(self, epoch: int) -> None:
        """Drop the states of an epoch that no configuration will need again."""
        if epoch in self._epochs:
            tables.drop_states(self._control, self._place.run, epoch)
            self._epochs.discard(epoch)

    def cancel(self) -> None:
        """Stop all units in flight and close all sessions."""
        busy = [self._workers[number] for number in self._units]
        self._units.clear()
        for worker in busy:
            worker.connection.cancel_safe(timeout=_CANCEL_SECONDS)
        deadline = time.monotonic() + _CANCEL_SECONDS
        while busy and (left := deadline - time.monotonic()) > 0:
            sockets = {w.job.socket: w for w in busy if w.job is not None}
            for socket in select(list(sockets), [], [], left)[0]:
                if _ended(sockets[socket]):
                    busy.remove(sockets[socket])
        for worker in self._workers.values():
            worker.connection.close()
        self._workers.clear()

    def close(self) -> None:
        """Give the idle workers back, warm; close the others."""
        for worker in self._workers.values():
            if worker.job is None:
                self._sessions.give_back(worker)
            else:
                worker.connection.close()
        self._workers.clear()

    def _steps(self, number: int, worker: Worker, unit: Unit) -> Steps:
        """What a worker does for a unit; returns its row (rows, training, validation)."""
        place = self._place
        needed = [(place.dataset, False, unit.partition)]
        validate = place.validate and unit.last
        if validate:
            needed.append((place.dataset, True, 0))
        yield from self._fill(worker, [key for key in needed if key not in worker.cached])
        train = self._train_statement(number, unit, validate)
        try:
            rows = yield train
        except psycopg.Error as error:
            if error.sqlstate != CacheMiss.sqlstate:
                raise
            # The cache had to let something go, so nothing is known of it any more.
            worker.cached.clear()
            yield from self._fill(worker, needed)
            rows = yield train
        return _one(rows, unit)

    def _fill(self, worker: Worker, keys: list[tuple[int, bool, int]]) -> Steps:
        for key in keys:
            chunks = tables.chunks_table(self._place.dataset)
            yield Statement(tables.compose(_SQL["fill"], chunks=chunks), key)
            worker.cached.add(key)

    def _train_statement(self, number: int, unit: Unit, validate: bool) -> Statement:
        place = self._place
        given: str = _SQL["no_state"]
        last_step = 0
        if unit.epoch > 1 or unit.position > 0:
            last_epoch = unit.epoch if unit.position else unit.epoch - 1
            last_step = unit.position or place.partitions
            states = tables.states_table(place.run, last_epoch)
            given = tables.compose(_SQL["last_state"], states=states)
        parameters = {
            "dataset": place.dataset,
            "seed": place.seed,
            "config": unit.config,
            "epoch": unit.epoch,
            "partition": unit.partition,
            "chunks": self._chunks[False, unit.partition],
            "validation_chunks": self._chunks[True, 0] if validate else 0,
        }
        return Statement(
            tables.compose(
                _SQL["train"],
                given=psycopg.sql.SQL(given),
                states=tables.states_table(place.run, unit.epoch),
            ),
            (
                json.dumps(parameters),
                place.run,
                unit.config,
                last_step,
                unit.position,
                unit.epoch,
                unit.partition,
                number,
            ),
        )

    def _advance(self, number: int) -> bool:
        """Take in what a worker sent; return whether its job is over, well or not."""
        job = self._workers[number].job
        assert job is not None
        try:
            return job.advance()
        except psycopg.Error as error:
            job.result = error
            return True

    def _outcome(self, number: int) -> Outcome | None:
        """Free a worker whose job is over; return how its unit ended, None if it had none."""
        worker = self._workers[number]
        result = worker.job.result if worker.job is not None else None
        worker.job = None
        unit = self._units.pop(number, None)
        if isinstance(result, psycopg.Error):
            if (
                worker.connection.closed
                or worker.connection.pgconn.status != psycopg.pq.ConnStatus.OK
            ):
                result = self._replace(number, unit, result)
            elif unit is None:
                raise result
            if isinstance(result, psycopg.Error):
                assert unit is not None
                return Outcome(unit, number, error=_message(result))
        if unit is None:
            return None
        if result is None:
            return Outcome(unit, number, lost=True)
        rows, training, validation = result
        return Outcome(unit, number, rows, _numbers(training), _numbers(validation))

    def _replace(self, number: int, unit: Unit | None, error: psycopg.Error) -> Any:
        """Open a session for a lost one; return the unit's row if it was committed, else None."""
        self._losses += 1
        self._workers[number].connection.close()
        if self._losses > _MAX_LOSSES:
            raise NoConnection(
                f"the run has lost {self._losses} worker sessions",
                detail=f"The last one ended with: {_message(error)}",
                hint="See the server's log; a worker needs about 1 GB of memory.",
            ) from error
        self._workers[number] = self._sessions.take()
        if unit is None:
            return None
        key = (self._place.run, unit.config, unit.epoch, unit.partition)
        found = self._control.fetch(_SQL["committed"], *key)
        return tuple(found[0].values()) if found else None


def _one(rows: Rows, unit: Unit) -> tuple[Any, ...]:
    if len(rows) != 1:
        raise psycopg.errors.NoDataFound(f"the state before {unit} is missing")
    return rows[0]


def _ended(worker: Worker) -> bool:
    """Return whether a cancelled worker has come to rest."""
    assert worker.job is not None
    try:
        return worker.job.advance()
    except psycopg.Error:
        return True


def _message(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error).strip()
    return f"{text} ({error.diag.message_detail})" if error.diag.message_detail else text


def _numbers(metrics: dict[str, Any] | None) -> dict[str, float] | None:
    """Return metrics as floats: JSON has no NaN, so it came as text."""
    if metrics is None:
        return None
    return {name: float(value) for name, value in metrics.items() if value is not None}
