"""What a worker does for a unit, statement by statement.

The rows come from the worker's cache, filled when they are not there; where they are more than the
cache may hold, they are streamed into the unit chunk by chunk. Either way one transaction takes the
state in and commits the new one with the metrics and the unit's row, and the result is the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import psycopg
from psycopg import sql

from cerebro_db.engines._base import Unit
from cerebro_db.engines.cache import PartitionKey
from cerebro_db.engines.postgres import tables
from cerebro_db.engines.postgres.workers import Worker
from cerebro_db.errors import CacheMiss
from cerebro_db.session.job import Statement, Steps
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "units.sql")


@dataclass(frozen=True)
class RunPlace:
    """What the units of a run have in common."""

    run: int
    dataset: int
    seed: int
    partitions: int
    validate: bool


class UnitSteps:
    """Makes the steps of a run's units.

    Args:
        place: the run.
        partitions: the dataset's partitions by (validation, number).
        cache_bytes: what a worker may hold.
    """

    def __init__(
        self,
        place: RunPlace,
        partitions: dict[tuple[bool, int], tables.Partition],
        cache_bytes: int,
    ) -> None:
        self._place = place
        self._partitions = partitions
        largest = max(p.bytes for (validation, _), p in partitions.items() if not validation)
        held_out = partitions[True, 0].bytes if place.validate else 0
        self._streamed = largest + held_out > cache_bytes

    def steps(self, number: int, worker: Worker, unit: Unit) -> Steps:
        """Train a unit on worker ``number``; return its row: rows, training, validation."""
        rows = yield from (self._stream if self._streamed else self._train)(number, worker, unit)
        if not rows:
            raise _missing(unit)
        return rows[0]

    def _train(self, number: int, worker: Worker, unit: Unit) -> Steps:
        """Train from the cache: one statement, once the cache holds what the unit needs."""
        needed = self._needed(unit)
        yield from self._fill(worker, needed)
        train = self._statement("cached", unit, number)
        try:
            return (yield train)
        except psycopg.Error as error:
            if error.sqlstate != CacheMiss.sqlstate:
                raise
        # The worker holds less than was thought, so nothing is known of it any more.
        worker.cached.clear()
        yield from self._fill(worker, needed)
        return (yield train)

    def _stream(self, number: int, worker: Worker, unit: Unit) -> Steps:
        """Train on chunks as they are read: several statements, one transaction."""
        yield Statement("begin")
        try:
            if not (yield self._begin(unit)):
                raise _missing(unit)
            for key in self._needed(unit):
                yield self._read("feed", key)
            rows = yield self._statement("streamed", unit, number)
            yield Statement("commit")
        except psycopg.Error:
            yield Statement("rollback")
            raise
        return rows

    def _needed(self, unit: Unit) -> list[PartitionKey]:
        keys = [PartitionKey(self._place.dataset, False, unit.partition)]
        if self._place.validate and unit.last:
            keys.append(PartitionKey(self._place.dataset, True, 0))
        return keys

    def _fill(self, worker: Worker, needed: list[PartitionKey]) -> Steps:
        """Bring the cache to hold all that is needed; filling in one may push out another."""
        while missing := [key for key in needed if key not in worker.cached]:
            key = missing[0]
            yield self._read("fill", key)
            worker.cached.add(key, self._partitions[key.validation, key.partition].bytes)
        for key in needed:
            worker.cached.touch(key)

    def _read(self, name: str, key: PartitionKey) -> Statement:
        chunks = tables.chunks_table(self._place.dataset)
        parameters = (key.dataset, key.validation, key.partition)
        return Statement(tables.compose(_SQL[name], chunks=chunks), parameters)

    def _begin(self, unit: Unit) -> Statement:
        given, step = self._given(unit)
        return Statement(
            tables.compose(_SQL["begin_unit"], given=given),
            (self._unit_json(unit), self._place.run, unit.config, step),
        )

    def _statement(self, way: str, unit: Unit, number: int) -> Statement:
        """Return the statement that writes what a unit came to."""
        given, step = self._given(unit)
        return Statement(
            tables.compose(
                _SQL["write_unit"],
                result=tables.compose_part(_SQL[way], given=given),
                states=tables.states_table(self._place.run, unit.epoch),
            ),
            (
                self._unit_json(unit),
                self._place.run,
                unit.config,
                step,
                unit.position,
                unit.epoch,
                unit.partition,
                number,
            ),
        )

    def _given(self, unit: Unit) -> tuple[sql.Composable, int]:
        """Return the query of the state that the unit starts from, and the state's step."""
        if unit.epoch == 1 and unit.position == 0:
            return sql.SQL(_SQL["no_state"]), 0
        epoch = unit.epoch if unit.position else unit.epoch - 1
        states = tables.states_table(self._place.run, epoch)
        step = unit.position or self._place.partitions
        return tables.compose_part(_SQL["last_state"], states=states), step

    def _unit_json(self, unit: Unit) -> str:
        counts = {
            key.validation: self._partitions[key.validation, key.partition].chunks
            for key in self._needed(unit)
        }
        return json.dumps(
            {
                "dataset": self._place.dataset,
                "seed": self._place.seed,
                "config": unit.config,
                "epoch": unit.epoch,
                "partition": unit.partition,
                "chunks": counts[False],
                "validation_chunks": counts.get(True, 0),
            }
        )


def _missing(unit: Unit) -> psycopg.Error:
    return psycopg.errors.NoDataFound(f"the state before {unit} is missing")
