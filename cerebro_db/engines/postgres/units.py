"""Units on one PostgreSQL server: the state never leaves it, one statement does all of a unit."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from cerebro_db.engines._base import RunPlace
from cerebro_db.engines.sessions.states import states_table
from cerebro_db.engines.sessions.tables import Partition, compose, compose_part
from cerebro_db.engines.sessions.units import UnitSteps, transaction
from cerebro_db.engines.sessions.workers import Worker, Workers
from cerebro_db.session.job import Statement, Steps
from cerebro_db.store.statements import load_statements
from cerebro_db.units import Unit

SQL = load_statements(__package__, "units.sql")


class PostgresUnitSteps(UnitSteps):
    """A maker of the steps of a run's units."""

    def __init__(self, place: RunPlace, partitions: Sequence[Partition], workers: Workers) -> None:
        super().__init__(place, partitions, workers, SQL)

    def cached(self, number: int, worker: Worker, unit: Unit) -> Steps:
        """Train on what the worker holds, in one transaction; no row if the state is missing."""
        return (yield self._write("cached", number, unit))

    def streamed(self, number: int, worker: Worker, unit: Unit, feed: Steps) -> Steps:
        """Train on what ``feed`` reads, in one transaction; no row if the state is missing."""

        def steps() -> Steps:
            if not (yield self._begin(unit)):
                return []
            yield from feed
            return (yield self._write("streamed", number, unit))

        return (yield from transaction(steps()))

    def _begin(self, unit: Unit) -> Statement:
        given, step = self._given(unit)
        return Statement(
            compose(SQL["begin_unit"], given=given),
            (self.unit_json(unit), self._place.run, unit.config, step, unit.fold),
        )

    def _write(self, way: str, number: int, unit: Unit) -> Statement:
        """Return the statement that writes what a unit came to."""
        given, step = self._given(unit)
        return Statement(
            compose(
                SQL["write_unit"],
                result=compose_part(SQL[way], given=given),
                states=states_table(self._place, unit.epoch, unit.position + 1, unit.fold),
            ),
            (
                self.unit_json(unit),
                self._place.run,
                unit.config,
                step,
                unit.fold,
                unit.position,
                unit.epoch,
                unit.partition,
                number,
            ),
        )

    def _given(self, unit: Unit) -> tuple[sql.Composable, int]:
        """Return the query of the state that the unit starts from, and the state's step."""
        epoch, step = self.before(unit)
        if not step:
            return sql.SQL(SQL["no_state"]), 0
        states = states_table(self._place, epoch, step, unit.fold)
        return compose_part(SQL["last_state"], states=states), step
