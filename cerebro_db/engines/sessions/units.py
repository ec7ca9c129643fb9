"""The work of a worker on a unit, step by step, whatever the dialect.

The rows come from the worker's cache, filled when they are not there; where they are more than the
cache may hold, they are streamed into the unit chunk by chunk. Either way one transaction takes the
state in and commits the new one with the metrics and the unit's row, and the result is the same.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import psycopg
from psycopg import sql

from cerebro_db.engines._base import RunPlace
from cerebro_db.engines.cache import PartitionKey
from cerebro_db.engines.sessions.loopback import commits
from cerebro_db.engines.sessions.tables import Partition, chunks_table, compose
from cerebro_db.engines.sessions.workers import Worker, Workers
from cerebro_db.errors import CacheMiss, InvalidArgument, NotReady
from cerebro_db.session.job import Statement, Steps
from cerebro_db.training import Progress, sizes_of, together
from cerebro_db.units import Network, Unit


class UnitSteps(ABC):
    """A maker of the steps of a run's units.

    Args:
        place: the run.
        partitions: the dataset's partitions, with the validation rows of each segment.
        workers: says how a process gets ready, and what it may hold.
        statements: ``fill``, ``feed``, ``begin_appraisal`` and ``finish_appraisal`` in the server's
            dialect.
    """

    def __init__(
        self,
        place: RunPlace,
        partitions: Sequence[Partition],
        workers: Workers,
        statements: dict[str, str],
    ) -> None:
        self._place = place
        self._workers = workers
        self._statements = statements
        self._training = {p.number: p for p in partitions if not p.validation}
        # Of the chunks of each, which may be many: added up once, and not for each unit.
        self._sizes = {number: sizes_of(p.rows) for number, p in self._training.items()}
        self._validation = {p.segment: p for p in partitions if p.validation}
        largest = max(p.bytes for p in self._training.values())
        held_out = max((p.bytes for p in self._validation.values()), default=0)
        self._streamed = largest + held_out * place.validate > workers.limits.cache_bytes

    def look_up(self, unit: Unit) -> None:  # noqa: B027
        """Find out, through the control session, what the steps of a unit need to know."""

    def steps(self, number: int, worker: Worker, unit: Unit) -> Steps:
        """Train a unit on worker ``number``; return its row: rows, training, validation."""
        train = self._stream if self._streamed else self._train
        # A warm session may have served a run that wanted it otherwise.
        if worker.commits != (wanted := commits(self._place.durability)):
            yield Statement(wanted)
            worker.commits = wanted
        try:
            rows = yield from train(number, worker, unit)
        except psycopg.Error as error:
            if error.sqlstate not in (CacheMiss.sqlstate, NotReady.sqlstate):
                raise
            # The process holds less than was thought, so nothing is known of it any more: the
            # server may have ended it while it was idle.
            segment = self._partition(unit).segment
            worker.shelves[segment].clear()
            if error.sqlstate == NotReady.sqlstate:
                yield self._workers.start(self._workers.limits, segment)
            rows = yield from train(number, worker, unit)
        if not rows:
            raise psycopg.errors.NoDataFound(f"the state before {unit} is missing")
        return rows[0]

    @abstractmethod
    def cached(self, number: int, worker: Worker, unit: Unit) -> Steps:
        """Train on what the worker holds, in one transaction; no row if the state is missing."""

    @abstractmethod
    def streamed(self, number: int, worker: Worker, unit: Unit, feed: Steps) -> Steps:
        """Train on what ``feed`` reads, in one transaction; no row if the state is missing."""

    def _train(self, number: int, worker: Worker, unit: Unit) -> Steps:
        shelf = worker.shelves[self._partition(unit).segment]
        needed = self._needed(unit)
        # Filling in one may push out another.
        while missing := [key for key in needed if key not in shelf]:
            partition = needed[missing[0]]
            yield self._read("fill", partition)
            shelf.add(missing[0], partition.bytes)
        for key in needed:
            shelf.touch(key)
        return (yield from self.cached(number, worker, unit))

    def _stream(self, number: int, worker: Worker, unit: Unit) -> Steps:
        return (yield from self.streamed(number, worker, unit, self._feed(unit)))

    def _feed(self, unit: Unit) -> Steps:
        for partition in self._needed(unit).values():
            yield self._read("feed", partition)

    def predict_measured(
        self,
        segments: Sequence[int],
        network: Network,
        spec: dict[str, Any],
        state: bytes,
        *,
        first: bool,
    ) -> Steps:
        """Have a network predict the rows that it is measured on, and the process keep what comes
        out.

        Args:
            segments: those that the worker is for.
            network, spec, state: of which configuration and fold, and its weights.
            first: whether what others have predicted there before is of no use any more.
        """
        rows = self._measured(segments, network.fold)
        what = {
            "config": network.config,
            "fold": network.fold,
            "output": self._output(network.fold),
            "first": first,
        }
        begin = self._at("begin_appraisal", rows[0], spec, what, state)
        try:
            yield begin
        except psycopg.Error as error:
            if error.sqlstate != NotReady.sqlstate:
                raise
            yield self._workers.start(self._workers.limits, rows[0].segment)
            yield begin
        for partition in rows:
            yield self._read("feed", partition)

    def compare(self, segments: Sequence[int], asked: dict[str, Any]) -> Steps:
        """Return what follows from what configurations have predicted, as JSON."""
        rows = self._measured(segments, self._place.folds.networks[0])
        found = yield self._at("finish_appraisal", rows[0], asked)
        return found[0]["found"]

    def _measured(self, segments: Sequence[int], fold: int) -> list[Partition]:
        """Return the rows of a fold, or the validation rows where a worker reaches them best.

        Raises:
            InvalidArgument: rows of folds lie on several segments, so no process reaches all.
        """
        if self._place.folds.count:
            if len(there := {partition.segment for partition in self._training.values()}) > 1:
                raise InvalidArgument(
                    "the rows of folds lie on several segments",
                    detail=f"There are {len(there)}, and none reaches what others predict there.",
                    hint="Hold a share of the rows out: of these each segment has a copy.",
                )
            return [self._training[number] for number in self._place.folds.measured(fold)]
        own = [self._validation[segment] for segment in segments if segment in self._validation]
        return (own or list(self._validation.values()))[:1]

    def _output(self, fold: int) -> dict[str, Any] | None:
        """Return what a fold's network has learned of labels, as JSON; None: what the spec says."""
        return self._place.outputs[fold - 1] if fold else None

    def _at(self, name: str, partition: Partition, *parameters: Any) -> Statement:
        """Return a statement for the process that reaches a partition's rows."""
        statement = compose(self._statements[name], home=sql.Literal(partition.home))
        return Statement(statement, parameters)

    def _partition(self, unit: Unit) -> Partition:
        return self._training[unit.partition]

    def _needed(self, unit: Unit) -> dict[PartitionKey, Partition]:
        """Return what the unit trains on, and what it is validated on where it trains."""
        partition = self._partition(unit)
        needed = {PartitionKey(self._place.dataset, False, partition.number): partition}
        if self._place.validate and unit.last:
            key = PartitionKey(self._place.dataset, True, 0)
            needed[key] = self._validation[partition.segment]
        return needed

    def _read(self, name: str, partition: Partition) -> Statement:
        statement = compose(
            self._statements[name],
            chunks=chunks_table(self._place.dataset),
            home=sql.Literal(partition.home),
        )
        parameters = (self._place.dataset, partition.validation, partition.number)
        return Statement(statement, parameters)

    def unit_json(self, unit: Unit) -> str:
        """Return what a worker is told of a unit."""
        counts = {key.validation: p.chunks for key, p in self._needed(unit).items()}
        return json.dumps(
            {
                "dataset": self._place.dataset,
                "seed": self._place.seed,
                "config": unit.config,
                "fold": unit.fold,
                "epoch": unit.epoch,
                "partition": unit.partition,
                "measures": unit.measures,
                "output": self._output(unit.fold),
                "begins": self.before(unit)[1] == 0,
                "chunks": counts[False],
                "validation_chunks": counts.get(True, 0),
                "progress": asdict(self._progress(unit)),
            }
        )

    def _progress(self, unit: Unit) -> Progress:
        sizes = [self._sizes[number] for number in unit.order]
        # Where it only measures, it has trained on all.
        return Progress(unit.epochs, together(sizes), together(sizes[: unit.position]))

    def before(self, unit: Unit) -> tuple[int, int]:
        """Return where the state is that the unit starts from: its epoch and step; (1, 0): none."""
        if unit.position == 0 and unit.epoch > 1:
            return unit.epoch - 1, self._place.folds.steps(unit.fold)
        return unit.epoch, unit.position


def transaction(steps: Steps) -> Steps:
    """Run steps as one transaction: commit what they did, or undo it if one fails."""
    yield Statement("begin")
    try:
        result = yield from steps
        yield Statement("commit")
    except psycopg.Error:
        yield Statement("rollback")
        raise
    return result
