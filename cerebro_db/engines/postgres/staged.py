"""Batches of staged rows in a temporary table, read back into this process in order."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from psycopg import sql

from cerebro_db.dataset.columns import Columns
from cerebro_db.dataset.features import Learner
from cerebro_db.dataset.fitting import learning
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.staged.batch_layout import BatchLayout
from cerebro_db.dataset.staged.layout import KEY
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.dataset.staged.source_rows import excluded
from cerebro_db.session import Session

# A batch's number begins with the category of its rows (``source_rows.category``).
CATEGORY_BITS = 40
_TRAINING = 1 << CATEGORY_BITS

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


# Batches of training rows become some of validation rows, as a whole or in part, in their order.
_MOVE = "update {table} set batch = batch - {training} where batch = any ($1::bigint[])"
_COPY = (
    "insert into {table} (batch, rows, taken, {names})"
    " select batch - {training}, cardinality(places), places, {picked}"
    " from {table} join {parts} using (batch)"
)
_KEEP = (
    "update {table} as own set (rows, taken, {names}) = row (cardinality(places), places, {picked})"
    " from {parts} where parts.batch = own.batch"
)
_PARTS = (
    "(select batch, places::bigint[] as places"
    " from unnest($1::bigint[], $2::text[]) as parts (batch, places)) as parts"
)


class StagedBatches(StagedRows):
    """Batches of rows; the table has ``batch``, ``rows``, ``taken`` and the columns of a
    ``BatchLayout``. ``taken`` is NULL, or says which rows of the numbers are meant, counted from 1.
    """

    @classmethod
    def of(cls, session: Session, selection: Selection, table: str) -> StagedBatches:
        """Count the rows of a table that has been filled with what was selected."""
        statement = (
            f"select coalesce(sum(rows), 0)::bigint as rows,"
            f" coalesce(sum(rows) filter (where batch < {_behind(selection)}), 0)::bigint"
            f" as labelled,"
            f" coalesce(sum(rows) filter (where batch < {_TRAINING}), 0)::bigint"
            f" as validation, pg_total_relation_size($1::text::regclass) as bytes from {table}"
        )
        staged = cls.counted(session, selection, table, session.fetch(statement, table)[0])
        if selection.folds is None:
            return staged
        categories = session.fetch(
            f"select batch >> {CATEGORY_BITS} as category, sum(rows)::bigint as rows from {table}"
            " group by 1"
        )
        return staged.dealt({row["category"]: row["rows"] for row in categories})

    @property
    def keys(self) -> sql.Composable:
        """An item of a FROM clause: the ``value`` of the key of each row."""
        return sql.SQL("(select unnest({}) as value from {} where batch < {}) as keys").format(
            sql.SQL(KEY), sql.SQL(self.table), sql.Literal(_behind(self.selection))
        )

    def each_key(self) -> Iterator[str | None]:
        """Yield the keys of rows that keep one, in the order of positions."""
        statement = (
            f"select {KEY} as keys from {self.table} where batch < {_behind(self.selection)}"
            " order by batch"
        )
        for row in self.session.stream(statement):
            yield from row["keys"]

    @property
    def layout(self) -> BatchLayout:
        """How the rows are staged and read."""
        return BatchLayout.of(self.selection, self.label_form)

    def learn(self, fitters: Sequence[Learner]) -> None:
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

    def hold_out(self, rows: Mapping[str, int]) -> None:
        """See StagedRows: a batch moves to the front, or is there twice, with rows of each side."""
        whole: list[int] = []
        mixed: list[tuple[int, str, str]] = []
        left, due = dict(rows), sum(rows.values())
        for batch, labels in self._labels():
            held, kept = _sides(labels, left)
            if held and kept:
                mixed.append((batch, _literal(held), _literal(kept)))
            elif held:
                whole.append(batch)
            due -= len(held)
            # Behind the last row that is held out nothing changes.
            if not due:
                break
        self.validation_rows = sum(rows.values())
        batches, held_places, kept_places = (
            map(list, zip(*mixed, strict=True)) if mixed else ([],) * 3
        )
        columns = self.layout.picked(sql.SQL("places"))
        for text, parameters in (
            (_MOVE, [whole]),
            (_COPY, [batches, held_places]),
            (_KEEP, [batches, kept_places]),
        ):
            statement = sql.SQL(text).format(
                table=sql.SQL(self.table),
                names=sql.SQL(", ").join([name for name, _ in columns]),
                picked=sql.SQL(", ").join([picked for _, picked in columns]),
                training=sql.Literal(_TRAINING),
                parts=sql.SQL(_PARTS),
            )
            self.session.execute(statement.as_string(None), *parameters)

    def _labels(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the labels of each batch."""
        statement = sql.SQL(
            "select batch, {} as labels from {} where batch < {} order by batch"
        ).format(self.layout.label_texts, sql.SQL(self.table), sql.Literal(_behind(self.selection)))
        for row in self.session.stream(statement.as_string(None)):
            yield row["batch"], json.loads(row["labels"])

    def _blocks(self, layout: BatchLayout) -> Iterator[Piece]:
        """Yield batches, many at once if they are small."""
        items = [
            sql.SQL("{} as {}").format(item, sql.SQL(f"r{i}"))
            for i, item in enumerate(layout.expressions)
        ]
        statement = sql.SQL(
            "select rows, taken, {} from {} where batch < {} order by batch"
        ).format(
            sql.SQL(", ").join(items), sql.SQL(self.table), sql.Literal(_behind(self.selection))
        )
        at_once = min(_BLOCK_BYTES // max(self.row_bytes, 1), _MAX_BLOCK_ROWS)
        start = rows = 0
        batches: list[list[Any]] = []
        for row in self.session.stream(statement.as_string(None)):
            count, taken, *results = row.values()
            if batches and (rows >= at_once or taken is not None):
                yield Piece(start, rows, layout.columns(batches))
                start, rows, batches = start + rows, 0, []
            if taken is None:
                rows += count
                batches.append(results)
            else:
                columns = _taken(layout.columns([results]), taken, layout.packed)
                yield Piece(start, count, columns)
                start += count
        if batches:
            yield Piece(start, rows, layout.columns(batches))


def _behind(selection: Selection) -> int:
    """Return the first number of a batch of rows without a label."""
    return excluded(selection) << CATEGORY_BITS


def _sides(labels: Iterable[str], left: dict[str, int]) -> tuple[list[int], list[int]]:
    """Return the places, counted from 1, of the rows that are held out, and of the others.

    Args:
        left: how many rows of each label are still to be held out, which is counted down.
    """
    held: list[int] = []
    kept: list[int] = []
    for place, label in enumerate(labels, start=1):
        due = left[label] > 0
        left[label] -= due
        (held if due else kept).append(place)
    return held, kept


def _literal(places: Iterable[int]) -> str:
    """Return an array of the server's: PL/Python takes no lists of lists of several lengths."""
    return "{" + ",".join(map(str, places)) + "}"


def _taken(columns: Columns, places: Sequence[int], packed: Collection[str]) -> Columns:
    """Return the columns with the numbers of the rows at these places, counted from 1."""
    rows = [place - 1 for place in places]
    return {
        name: np.asarray(values)[rows] if name in packed else values
        for name, values in columns.items()
    }
