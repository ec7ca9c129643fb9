"""Batches of staged rows in a temporary table, read back into this process in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from psycopg import sql

from cerebro_db.dataset.columns import Columns
from cerebro_db.dataset.features import Fitter
from cerebro_db.dataset.fitting import learning
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.staged.batch_layout import BatchLayout
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.session import Session

# A batch's number begins with the category of its rows (``source_rows.category``).
CATEGORY_BITS = 40
_EXCLUDED = 2 << CATEGORY_BITS

# What is decoded at a time: as much as stays in the processor's caches.
_BLOCK_BYTES = 2 << 20
_MAX_BLOCK_ROWS = 65_536


@dataclass(frozen=True)
class Piece:
    """Rows that follow each other: canonical columns, and the position of the first."""

    start: int
    rows: int
    columns: Columns

    @property
    def stop(self) -> int:
        """The position behind the last row."""
        return self.start + self.rows

    def cut(self, start: int, stop: int) -> Piece:
        """Return the rows at these positions."""
        first, last = start - self.start, stop - self.start
        cut = {name: values[first:last] for name, values in self.columns.items()}
        return Piece(start, stop - start, cut)


class StagedBatches(StagedRows):
    """Batches of rows; the table has ``batch``, ``rows`` and the columns of a ``BatchLayout``."""

    @classmethod
    def of(cls, session: Session, selection: Selection, table: str) -> StagedBatches:
        """Count the rows of a table that has been filled with what was selected."""
        statement = (
            f"select coalesce(sum(rows), 0)::bigint as rows,"
            f" coalesce(sum(rows) filter (where batch < {_EXCLUDED}), 0)::bigint as labelled,"
            f" coalesce(sum(rows) filter (where batch < {1 << CATEGORY_BITS}), 0)::bigint"
            f" as validation, pg_total_relation_size($1::text::regclass) as bytes from {table}"
        )
        counts = session.fetch(statement, table)[0]
        return cls.counted(session, selection, table, counts)

    @property
    def layout(self) -> BatchLayout:
        """How the rows are staged and read."""
        return BatchLayout.of(self.selection, self.label_form)

    def learn(self, fitters: Sequence[Fitter]) -> None:
        """Have the fitters check every row, and learn from the training rows."""
        layout = replace(self.layout, wanted=tuple(fitter.column.name for fitter in fitters))
        for piece in self.pieces([self.validation_rows], layout):
            training = piece.start >= self.validation_rows
            learning.learn(fitters, piece.columns, training=training)

    def pieces(
        self, stops: Iterable[int] = (), layout: BatchLayout | None = None
    ) -> Iterator[Piece]:
        """Yield all rows in their order, about two megabytes at a time, cut at the positions."""
        left = sorted(stops, reverse=True)
        for block in self._blocks(layout or self.layout):
            start = block.start
            while start < block.stop:
                while left and left[-1] <= start:
                    left.pop()
                stop = min(block.stop, left[-1] if left else block.stop)
                yield block.cut(start, stop)
                start = stop

    def _blocks(self, layout: BatchLayout) -> Iterator[Piece]:
        """Yield batches, many at once if they are small."""
        items = [
            sql.SQL("{} as {}").format(item, sql.SQL(f"r{i}"))
            for i, item in enumerate(layout.expressions)
        ]
        statement = sql.SQL("select rows, {} from {} where batch < {} order by batch").format(
            sql.SQL(", ").join(items), sql.SQL(self.table), sql.Literal(_EXCLUDED)
        )
        at_once = min(_BLOCK_BYTES // max(self.row_bytes, 1), _MAX_BLOCK_ROWS)
        start = rows = 0
        batches = []
        for row in self.session.stream(statement.as_string(None)):
            count, *results = row.values()
            rows += count
            batches.append(results)
            if rows >= at_once:
                yield Piece(start, rows, layout.columns(batches))
                start, rows, batches = start + rows, 0, []
        if batches:
            yield Piece(start, rows, layout.columns(batches))
