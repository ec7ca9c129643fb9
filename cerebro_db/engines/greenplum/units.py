"""Units on Greenplum: trained where the partition lies, the state then sent where it goes next.

A function on a segment may write nothing, and INSERT ... SELECT would run on every segment, so a
unit is three statements in one transaction, each sent to one segment: train, write the state, write
the unit's row. In between the state is with the planner: that is the hop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from psycopg import sql

from cerebro_db.engines._base import RunPlace
from cerebro_db.engines.sessions.states import states_table
from cerebro_db.engines.sessions.tables import Partition, compose
from cerebro_db.engines.sessions.units import UnitSteps, transaction
from cerebro_db.engines.sessions.workers import Worker, Workers
from cerebro_db.session.job import Statement, Steps
from cerebro_db.store.statements import load_statements
from cerebro_db.units import Unit

SQL = load_statements(__package__, "units.sql")


class _Result(NamedTuple):
    """The columns that cerebro._train and cerebro._finish_unit return."""

    state: bytes
    rows: int
    training: dict[str, Any]
    validation: dict[str, Any] | None
    started: Any
    finished: Any
    segment: int


class GreenplumUnitSteps(UnitSteps):
    """A maker of the steps of a run's units.

    Args:
        place, partitions, workers: see ``UnitSteps``.
        spec: returns the JSON of a configuration's model.Spec.
        pretrained: returns the state of that hash, which the run has of another, or None.
    """

    def __init__(
        self,
        place: RunPlace,
        partitions: Sequence[Partition],
        workers: Workers,
        spec: Callable[[int], dict[str, Any]],
        pretrained: Callable[[str], bytes | None],
    ) -> None:
        super().__init__(place, partitions, workers, SQL)
        self._spec = cache(spec)
        self._pretrained = cache(pretrained)

    def look_up(self, unit: Unit) -> None:
        """Read the configuration's spec, and the state of another that it begins with, once."""
        self._spec(unit.config)
        if not self.before(unit)[1]:
            self._begun(unit.config)

    def cached(self, number: int, worker: Worker, unit: Unit) -> Steps:
        """Train on what the worker holds, in one transaction; no row if the state is missing."""

        def steps() -> Steps:
            rows = yield self._call("_train", unit)
            return (yield from self._write(number, worker, unit, rows))

        return (yield from transaction(steps()))

    def streamed(self, number: int, worker: Worker, unit: Unit, feed: Steps) -> Steps:
        """Train on what ``feed`` reads, in one transaction; no row if the state is missing."""

        def steps() -> Steps:
            if not (yield self._call("_begin_unit", unit)):
                return []
            yield from feed
            rows = yield Statement(compose(SQL["finish_unit"], home=self._home(unit.partition)))
            return (yield from self._write(number, worker, unit, rows))

        return (yield from transaction(steps()))

    def _call(self, function: str, unit: Unit) -> Statement:
        """Call a function of spec, unit and state where the unit's rows are."""
        epoch, step = self.before(unit)
        parts: dict[str, sql.Composable] = {
            "function": sql.SQL(function),
            "home": self._home(unit.partition),
        }
        given = (self._spec(unit.config), self.unit_json(unit))
        if not step:
            return Statement(compose(SQL["first"], **parts), (*given, self._begun(unit.config)))
        parts["states"] = states_table(self._place, epoch, step, unit.fold)
        return Statement(compose(SQL["next"], **parts), (*given, *unit.network, step))

    def _write(self, number: int, worker: Worker, unit: Unit, rows: list[dict[str, Any]]) -> Steps:
        if not rows:
            return []
        result = _Result(*rows[0]["result"])
        yield Statement(
            compose(
                SQL["write_state"],
                states=states_table(self._place, unit.epoch, unit.position + 1, unit.fold),
                home=self._home(unit.onward),
            ),
            (*unit.network, unit.position + 1, result.state),
        )
        row = (
            self._place.run,
            *unit.network,
            unit.epoch,
            unit.partition,
            unit.position,
            number,
            result.segment,
            worker.connection.info.backend_pid,
            result.rows,
            result.training,
            result.validation,
            len(result.state),
            result.started.isoformat(),
            result.finished.isoformat(),
        )
        yield Statement(SQL["write_unit"], row)
        return [{"rows": result.rows, "training": result.training, "validation": result.validation}]

    def _begun(self, config: int) -> bytes | None:
        """Return the state of another that a configuration begins with, if it begins with one."""
        begins_with = self._spec(config).get("pretrained")
        return None if begins_with is None else self._pretrained(begins_with["sha256"])

    def _home(self, partition: int) -> sql.Composable:
        return sql.Literal(self._training[partition].home)
