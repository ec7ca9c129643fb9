"""Stages rows on the segments: shuffled there, and handed to Python there, batch by batch.

The order is that of a hash of each row, cut into as many ranges as there are segments. So every
segment sorts its own range, and only the number of rows in each passes through the coordinator.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from psycopg import sql

from cerebro_db.dataset import Plan, Staged, learning
from cerebro_db.dataset.features import Fitter
from cerebro_db.dataset.staging import store_external
from cerebro_db.dataset.staging_sql import (
    labelled,
    seed_mask,
    source_rows,
    stored_columns,
    stored_names,
)
from cerebro_db.engines.sessions.tables import compose, compose_part
from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "staging.sql")

_numbers = itertools.count(1)

_CATEGORIES = 3
# Batches are aggregated where they lie and one at a time: a hash of all batches would not fit into
# memory, and the other optimizer may take a function on a segment to the coordinator.
_LOCAL = {"optimizer": "off", "enable_hashagg": "off"}


class SegmentStaged(Staged):
    """Staged rows that stay on the segments."""

    def learn(self, fitters: Sequence[Fitter]) -> None:
        """Fit each batch on its segment, and merge what was learned."""
        described = json.dumps(learning.fitters_to_json(fitters))
        for training, start, stop in self.parts:
            if start == stop:
                continue
            call = sql.SQL("cerebro._learn_batch({}, {}, {}, {})").format(
                sql.Literal(described),
                sql.Literal(json.dumps(self.reading.to_json())),
                sql.Literal(training),
                self.reading.record,
            )
            first = sql.SQL("min(position)")
            batches = self._batches([call, first], start, stop, self.batch_rows)
            # Sums depend on their order in the last digit.
            statement = sql.SQL(
                "select learned from ({}) as batches (learned, first) order by first"
            ).format(batches)
            with local_plans(self.session):
                for row in self.session.stream(statement.as_string(None)):
                    learning.merge(fitters, json.loads(row["learned"]))

    def each_batch(
        self, aggregates: Sequence[sql.Composable], rows: int
    ) -> Iterator[sql.Composable]:
        """Yield the one query that takes aggregates over all batches, each on its segment."""
        with local_plans(self.session):
            yield self._batches(aggregates, 0, self.rows, rows)

    def _batches(
        self, aggregates: Sequence[sql.Composable], start: int, stop: int, rows: int
    ) -> sql.Composable:
        return sql.SQL(
            "select {} from {} where position >= {} and position < {}"
            " group by home, (position - {}) / {}"
        ).format(
            sql.SQL(", ").join(aggregates),
            sql.SQL(self.table),
            *map(sql.Literal, (start, stop, start, rows)),
        )


def stage(session: Session, plan: Plan, homes: Sequence[int]) -> SegmentStaged:
    """Read a source into a temporary table on the segments of ``homes``, shuffled and split."""
    number = next(_numbers)
    buckets = sql.Literal(len(homes))
    hashed = compose_part(
        _SQL["hashed"],
        mask=sql.Literal(seed_mask(plan.seed or 0)),
        columns=sql.SQL(", ").join(stored_columns(plan)),
        source=source_rows(plan),
    )
    placed = compose_part(
        _SQL["placed"],
        labelled=labelled(plan),
        buckets=buckets,
        homes=sql.Literal(list(homes)),
        hashed=hashed,
    )
    unordered = _create(session, f"_cerebro_unordered_{number}", placed)
    ordered = compose_part(
        _SQL["ordered"],
        offsets=sql.Literal(_offsets(session, unordered, len(homes))),
        buckets=buckets,
        names=sql.SQL(", ").join(stored_names(plan)),
        table=sql.SQL(unordered),
    )
    table = _create(session, f"_cerebro_staged_{number}", ordered)
    session.execute(f"drop table {unordered}")
    return SegmentStaged.count(session, plan, table)


@contextmanager
def local_plans(session: Session) -> Iterator[None]:
    """Plan what runs inside so that a function over a batch runs where the batch lies."""
    before = {
        name: session.fetch("select current_setting($1::text) as value", name)[0]["value"]
        for name in _LOCAL
    }
    for name, value in _LOCAL.items():
        session.fetch("select set_config($1::text, $2::text, false)", name, value)
    # After an error the end of the transaction takes the settings back.
    yield
    for name, value in before.items():
        session.fetch("select set_config($1::text, $2::text, false)", name, value)


def _create(session: Session, name: str, rows: sql.Composable) -> str:
    """Create and fill a temporary table; return its name as SQL."""
    table = sql.Identifier(name)
    session.execute(compose(_SQL["create"], table=table, rows=rows))
    qualified = sql.SQL("pg_temp.{}").format(table).as_string(None)
    store_external(session, qualified)
    session.execute(compose(_SQL["fill"], table=table, rows=rows))
    return qualified


def _offsets(session: Session, table: str, buckets: int) -> list[int]:
    """Return the first position of each (category, bucket)."""
    counts = [0] * (_CATEGORIES * buckets)
    for row in session.fetch(compose(_SQL["counts"], table=sql.SQL(table))):
        counts[row["category"] * buckets + row["bucket"]] = row["rows"]
    return [0, *itertools.accumulate(counts)][:-1]
