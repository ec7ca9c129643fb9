"""Stages rows on the segments: shuffled there, and handed to Python there, batch by batch.

The order is that of a hash of each row, cut into as many ranges as there are segments. So every
segment sorts its own range, and only the number of rows in each passes through the coordinator.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Self

from psycopg import sql

from cerebro_db.dataset.features import Learner
from cerebro_db.dataset.fitting import learning
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.source.temporary import store_external, temporary_name, temporary_view
from cerebro_db.dataset.staged.deal import PART, part, together, with_ranks
from cerebro_db.dataset.staged.layout import KEY
from cerebro_db.dataset.staged.row_layout import RowLayout
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.dataset.staged.source_rows import (
    category,
    excluded,
    seed_mask,
    source_rows,
)
from cerebro_db.dataset.values.expressions import text_value
from cerebro_db.engines.sessions.tables import compose, compose_part
from cerebro_db.session import CallersSession, Session
from cerebro_db.session.settings import settings
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "staging.sql")

_BATCH_BYTES = 8 << 20
_MAX_BATCH_ROWS = 65_536
# Batches are aggregated where they lie and one at a time: a hash of all batches would not fit into
# memory, and the other optimizer may take a function on a segment to the coordinator.
LOCAL_PLANS = {"optimizer": "off", "enable_hashagg": "off"}


@dataclass
class StagedOnSegments(StagedRows):
    """Staged rows that stay on the segments: columns ``position``, ``validation``, ``home``.

    Args:
        most_rows: the most of them that ``each_batch`` puts into one.
    """

    most_rows: int = sys.maxsize

    batch_rows = sql.SQL("count(*)")

    @classmethod
    def count(cls, session: Session, selection: Selection, table: str) -> Self:
        """Count the rows of a table that has been filled with what was selected."""
        statement = sql.SQL(
            "select count(*) as rows, count(*) filter (where {labelled}) as labelled,"
            " count(*) filter (where {labelled} and validation) as validation from {table}"
        ).format(labelled=RowLayout.of(selection).labelled, table=sql.SQL(table))
        counts = session.fetch(statement.as_string(None))[0]
        # Alone: Greenplum asks its segments for it.
        size = "select pg_total_relation_size($1::text::regclass) as bytes"
        return cls.counted(session, selection, table, counts | session.fetch(size, table)[0])

    @property
    def layout(self) -> RowLayout:
        """How the rows are staged and read."""
        return RowLayout.of(self.selection, self.label_form)

    @property
    def keys(self) -> sql.Composable:
        """An item of a FROM clause: the ``value`` of the key of each row."""
        return sql.SQL("(select {} as value from {} where position < {}) as keys").format(
            sql.SQL(KEY), sql.SQL(self.table), sql.Literal(self.rows)
        )

    def each_key(self) -> Iterator[str | None]:
        """Yield the keys of rows that keep one, in the order of positions."""
        statement = (
            f"select {KEY} as key from {self.table} where position < {self.rows} order by position"
        )
        for row in self.session.stream(statement):
            yield row["key"]

    @property
    def batch_keys(self) -> sql.Composable:
        """An array of the keys of a batch, in the order in which its record is decoded."""
        return self.layout.keys

    def learn(self, fitters: Sequence[Learner]) -> None:
        """Fit each batch on its segment, and merge what was learned."""
        described = json.dumps(learning.fitters_to_json(fitters))
        layout = replace(self.layout, wanted=tuple(fitter.column.name for fitter in fitters))
        for training, start, stop in self.parts:
            if start == stop:
                continue
            call = sql.SQL("cerebro._learn_batch({}, {}, {}, {})").format(
                sql.Literal(described),
                sql.Literal(json.dumps(layout.to_json())),
                sql.Literal(training),
                layout.record,
            )
            first = sql.SQL("min(position)")
            batches = self._batches([call, first], start, stop, self.rows_at_once)
            # Sums depend on their order in the last digit.
            statement = sql.SQL(
                "select learned from ({}) as batches (learned, first) order by first"
            ).format(batches)
            with settings(self.session, LOCAL_PLANS):
                for row in self.session.stream(statement.as_string(None)):
                    learning.merge(fitters, json.loads(row["learned"]))

    def hold_out(self, rows: Mapping[str, int]) -> None:
        """See StagedRows: each segment numbers its own rows anew."""
        parts = {
            "label": text_value(self.layout.label),
            "table": sql.SQL(self.table),
            "rows": sql.Literal(self.rows),
        }
        left = dict(rows)
        shares: list[tuple[str, int, int]] = []
        # By home, in the order of positions.
        held: Counter[int] = Counter()
        counted: Counter[int] = Counter()
        for row in self.session.fetch(compose(_SQL["labels"], **parts)):
            share = min(row["rows"], left[row["label"]])
            left[row["label"]] -= share
            shares.append((row["label"], row["home"], share))
            held[row["home"]] += share
            counted[row["home"]] += row["rows"]
        kept = [counted[home] - held[home] for home in counted]
        firsts = [0, *itertools.accumulate([held[home] for home in counted] + kept)][:-1]
        labels, homes, numbers = zip(*shares, strict=True)
        split = compose_part(
            _SQL["split"],
            **parts,
            names=sql.SQL(", ").join([name for name, _ in self.layout.staged]),
            labels=sql.Literal(list(labels)),
            homes=sql.Literal(list(homes)),
            held=sql.Literal(list(numbers)),
            all_homes=sql.Literal([*counted, *counted]),
            sides=sql.Literal([0] * len(counted) + [1] * len(counted)),
            firsts=sql.Literal(firsts),
        )
        before, self.table = self.table, _create(self.session, split)
        self.session.execute(f"drop table {before}")
        self.validation_rows = sum(rows.values())

    def each_batch(self, items: Sequence[sql.Composable]) -> Iterator[sql.Composable]:
        """Yield one query of the items over batches, each on its segment; see ``Batches``."""
        with settings(self.session, LOCAL_PLANS):
            rows = min(self.rows_at_once, self.most_rows)
            yield self._batches(items, 0, self.rows, rows)

    @property
    def rows_at_once(self) -> int:
        """The rows of a batch: about eight megabytes."""
        return min(max(_BATCH_BYTES // max(self.row_bytes, 1), 1), _MAX_BATCH_ROWS)

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


def stage(session: CallersSession, selection: Selection, homes: Sequence[int]) -> StagedOnSegments:
    """Read a source into a temporary table on the segments of ``homes``, shuffled and split."""
    layout = RowLayout.of(selection)
    buckets = sql.Literal(len(homes))
    hashed = compose_part(
        _SQL["hashed"],
        mask=sql.Literal(seed_mask(selection.seed)),
        columns=sql.SQL(", ").join(
            [
                *(sql.SQL("{} as {}").format(value, name) for name, value in layout.staged),
                *(sql.SQL(name) for name, _ in together(selection)),
            ]
        ),
        source=source_rows(selection),
    )
    placed = compose_part(
        _SQL["placed"],
        category=category(layout.labelled, selection),
        buckets=buckets,
        homes=sql.Literal(list(homes)),
        hashed=_dealt(selection, layout, hashed),
    )
    with temporary_view(session, "placed", placed) as view:
        query = sql.SQL(f"select * from pg_temp.{view}")
        unordered = _create(session, query, filled=session.users_sql)
    counts = _counts(session, unordered, selection, len(homes))
    ordered = compose_part(
        _SQL["ordered"],
        offsets=sql.Literal(_offsets(counts)),
        buckets=buckets,
        names=sql.SQL(", ").join([name for name, _ in layout.staged]),
        table=sql.SQL(unordered),
    )
    table = _create(session, ordered)
    session.execute(f"drop table {unordered}")
    by_category = {number: sum(of_buckets) for number, of_buckets in enumerate(counts)}
    return StagedOnSegments.count(session, selection, table).dealt(by_category)


def _dealt(selection: Selection, layout: RowLayout, hashed: sql.Composable) -> sql.Composable:
    """Return the query of hashed rows with, of folds, the part of each."""
    if selection.folds is None:
        return hashed
    return sql.SQL("select *, {part} as {name} from ({rows}) as undealt").format(
        part=part(selection, layout.labelled, [layout.label], sql.SQL("hash, content, occurrence")),
        name=sql.SQL(PART),
        rows=with_ranks(selection, layout.labelled, text_value(layout.label), hashed),
    )


def _create(
    session: Session,
    rows: sql.Composable,
    *,
    filled: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> str:
    """Create and fill a temporary table; return its name as SQL."""
    name = temporary_name("staged")
    session.execute(compose(_SQL["create"], table=sql.SQL(name), rows=rows))
    table = f"pg_temp.{name}"
    store_external(session, table)
    with filled():
        session.execute(compose(_SQL["fill"], table=sql.SQL(table), rows=rows))
    return table


def _counts(session: Session, table: str, selection: Selection, buckets: int) -> list[list[int]]:
    """Return the rows of each category in each bucket."""
    last = excluded(selection) + (selection.folds is not None)
    counts = [[0] * buckets for _ in range(last + 1)]
    for row in session.fetch(compose(_SQL["counts"], table=sql.SQL(table))):
        counts[row["category"]][row["bucket"]] = row["rows"]
    return counts


def _offsets(counts: Sequence[Sequence[int]]) -> list[int]:
    """Return the first position of each (category, bucket)."""
    return [0, *itertools.accumulate(itertools.chain.from_iterable(counts))][:-1]
