"""Stages rows on one server: reads a source exactly once, into a temporary table of the caller's
session, in its final order; and reads the rows back into this process.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from psycopg import sql

from cerebro_db.dataset import learning
from cerebro_db.dataset.columns import Columns
from cerebro_db.dataset.features import Fitter
from cerebro_db.dataset.plan import Plan
from cerebro_db.dataset.staged import Staged
from cerebro_db.dataset.staging_sql import labelled, seed_mask, source_rows, stored_columns
from cerebro_db.session import Session

_numbers = itertools.count(1)


class LocalStaged(Staged):
    """Staged rows that are read range by range into this process."""

    def learn(self, fitters: Sequence[Fitter]) -> None:
        """Have the fitters check every row, and learn from the training rows."""
        for training, start, stop in self.parts:
            for first, last in self.batches(start, stop, self.batch_rows):
                learning.learn(fitters, self.read(first, last), training=training)

    def read(self, start: int, stop: int) -> Columns:
        """Return the canonical values of the rows at positions ``start`` to ``stop`` - 1."""
        reading = self.reading
        items = [
            sql.SQL("{} as {}").format(item, sql.SQL(f"r{i}"))
            for i, item in enumerate(reading.aggregates)
        ]
        statement = self._over(items, sql.SQL("$1"), sql.SQL("$2"))
        row = self.session.fetch(statement.as_string(None), start, stop)[0]
        return reading.columns(list(row.values()))

    def each_batch(
        self, aggregates: Sequence[sql.Composable], rows: int
    ) -> Iterator[sql.Composable]:
        """Yield a query of the aggregates for each range of so many rows, in their order."""
        for start, stop in self.batches(0, self.rows, rows):
            yield self._over(aggregates, sql.Literal(start), sql.Literal(stop))

    def batches(self, start: int, stop: int, rows: int) -> Iterator[tuple[int, int]]:
        """Yield the ranges of at most ``rows`` positions that cover ``start`` to ``stop`` - 1."""
        for first in range(start, stop, rows):
            yield first, min(first + rows, stop)

    def _over(
        self, aggregates: Sequence[sql.Composable], start: sql.Composable, stop: sql.Composable
    ) -> sql.Composable:
        # The aggregates take the rows as the sorted subquery yields them: one sort for all.
        return sql.SQL(
            "select {} from (select * from {} where position >= {} and position < {}"
            " order by position) as staged"
        ).format(sql.SQL(", ").join(aggregates), sql.SQL(self.table), start, stop)


def stage(session: Session, plan: Plan) -> LocalStaged:
    """Read a source into a temporary table, shuffled and split as planned."""
    table = sql.Identifier(f"_cerebro_staged_{next(_numbers)}")
    rows = _rows(plan)
    create = sql.SQL("create temporary table {} as {} with no data").format(table, rows)
    session.execute(create.as_string(None))
    name = sql.SQL("pg_temp.{}").format(table).as_string(None)
    store_external(session, name)
    session.execute(sql.SQL("insert into {} {}").format(table, rows).as_string(None))
    session.execute(f"create unique index on {name} (position)")
    # Evenly spread numbers: a small sample tells the planner all there is to know.
    session.execute(f"alter table {name} alter column position set statistics 10")
    session.execute(f"analyze {name} (position)")
    return LocalStaged.count(session, plan, name)


def store_external(session: Session, table: str) -> None:
    """Compress nothing in a staged table: its rows are read two or three times only."""
    for row in session.fetch(_COMPRESSIBLE, table):
        session.execute(f"alter table {table} alter column {row['name']} set storage external")


# The generated names need no quotes.
_COMPRESSIBLE = """
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm')
"""


def _rows(plan: Plan) -> sql.Composable:
    """Return the query of the staged table's rows."""
    order = sql.SQL("order by not ({}), validation desc, {}").format(labelled(plan), _hash(plan))
    # Sorted before the floats are packed: packed rows are wider.
    return sql.SQL(
        "select {} from ("
        "select row_number() over ({}) - 1 as position, * from ("
        "select row_number() over () as ordinal, * from ({}) as rows) as numbered) as ordered"
    ).format(
        sql.SQL(", ").join([sql.SQL("position, validation"), *stored_columns(plan)]),
        order if plan.seed is not None or plan.targets else sql.SQL("order by ordinal"),
        source_rows(plan),
    )


def _hash(plan: Plan) -> sql.Composable:
    if plan.seed is None:
        return sql.SQL("ordinal")
    return sql.SQL("hashint8(ordinal # {}), ordinal").format(sql.Literal(seed_mask(plan.seed)))
