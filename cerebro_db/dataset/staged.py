"""Staged rows: what every engine's have in common, wherever the rows are.

A row's place is its ``position``: first the validation rows, then the training rows, each shuffled
by the seed, last the rows whose label is NULL. So a chunk is a range of positions.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from psycopg import sql

from cerebro_db.dataset import extract
from cerebro_db.dataset.columns import Column, Form
from cerebro_db.dataset.features import Fitter
from cerebro_db.dataset.plan import Plan
from cerebro_db.dataset.reading import Reading
from cerebro_db.dataset.staging_sql import labelled
from cerebro_db.session import Session

_BATCH_BYTES = 8 << 20
_MAX_BATCH_ROWS = 65_536


@dataclass
class Staged(ABC):
    """The staged rows; a context manager that drops them.

    Args:
        session: where they are.
        plan: what was staged.
        table: the temporary table's name as SQL, with columns ``position`` (bigint, from 0),
            ``validation`` and ``key`` if one was planned.
        rows: rows to encode, at positions 0 to ``rows`` - 1; the first ``validation_rows`` of
            them are for validation.
        excluded_rows: rows behind those, without a label.
        row_bytes: average bytes of a row.
        label_form: the form in which targets are read; None leaves them out.
    """

    session: Session
    plan: Plan
    table: str
    rows: int
    validation_rows: int
    excluded_rows: int
    row_bytes: int
    label_form: Form | None = None

    @classmethod
    def count(cls, session: Session, plan: Plan, table: str) -> Self:
        """Count the rows of a table that has been filled as planned."""
        statement = sql.SQL(
            "select count(*) as rows, count(*) filter (where {labelled}) as labelled,"
            " count(*) filter (where {labelled} and validation) as validation from {table}"
        ).format(labelled=labelled(plan), table=sql.SQL(table))
        counts = session.fetch(statement.as_string(None))[0]
        # Alone: Greenplum asks its segments for it.
        size = "select pg_total_relation_size($1::text::regclass) as bytes"
        total_bytes = session.fetch(size, table)[0]["bytes"]
        validation_rows = counts["validation"]
        if isinstance(plan.validation, float):
            validation_rows = round(plan.validation * counts["labelled"])
        return cls(
            session=session,
            plan=plan,
            table=table,
            rows=counts["labelled"],
            validation_rows=validation_rows,
            excluded_rows=counts["rows"] - counts["labelled"],
            row_bytes=total_bytes // max(counts["rows"], 1),
        )

    @abstractmethod
    def learn(self, fitters: Sequence[Fitter]) -> None:
        """Have the fitters check every row, and learn from the training rows."""

    @abstractmethod
    def each_batch(
        self, aggregates: Sequence[sql.Composable], rows: int
    ) -> Iterator[sql.Composable]:
        """Yield queries of the aggregates over batches of at most so many rows, one row a batch.

        Run each before the next is asked for, to the end: they may need settings of their own.
        """

    @property
    def parts(self) -> tuple[tuple[bool, int, int], ...]:
        """Whether rows are for training, and the positions from and to: validation rows first."""
        return (False, 0, self.validation_rows), (True, self.validation_rows, self.rows)

    @property
    def reading(self) -> Reading:
        """What reads a batch of the rows."""
        return Reading(self.plan.features, self.plan.targets, self.label_form)

    @property
    def batch_rows(self) -> int:
        """The rows to learn from at once: about eight megabytes."""
        return min(max(_BATCH_BYTES // max(self.row_bytes, 1), 1), _MAX_BATCH_ROWS)

    def text_of(self, column: Column) -> sql.Composable:
        """Return the expression, over the staged table, of a column as text."""
        return extract.text_value(column, self.raw(column))

    def raw(self, column: Column) -> sql.Composable:
        """Return the expression, over the staged table, of a column that is staged unpacked."""
        return sql.SQL(next(name for name, own in self.plan.named if own == column))

    def drop(self) -> None:
        """Drop the staged rows."""
        self.session.execute(f"drop table if exists {self.table}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.drop()
            return
        # After an SQL error the transaction may refuse the statement: its end drops the table. A
        # KeyboardInterrupt is Greenplum's cancel, after which a statement would not come back.
        if isinstance(error, Exception):
            with contextlib.suppress(Exception):
                self.drop()
