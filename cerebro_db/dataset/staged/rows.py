"""Staged rows: what every engine's have in common, wherever the rows are.

A row's place is its ``position``: first the validation rows, then the training rows, each shuffled
by the seed, last the rows whose label is NULL. So a chunk is a range of positions.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from psycopg import sql

from cerebro_db.dataset.columns import Form
from cerebro_db.dataset.features import Learner
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.staged.layout import Group, StagedLayout
from cerebro_db.session import Row, Session


@dataclass
class StagedRows(ABC):
    """The staged rows; a context manager that drops them.

    Args:
        session: where they are.
        selection: what was staged.
        table: the temporary table's name as SQL.
        rows: rows to encode, at positions 0 to ``rows`` - 1; the first ``validation_rows`` of
            them are for validation.
        excluded_rows: rows behind those, without a label.
        row_bytes: average bytes of a row.
        label_form: the form in which targets are read; None leaves them out.
        part_rows: of rows that are dealt to folds, those of each partition, in this order.
        misplaced: rows of which is not known where they belong.
    """

    session: Session
    selection: Selection
    table: str
    rows: int
    validation_rows: int
    excluded_rows: int
    row_bytes: int
    label_form: Form | None = None
    part_rows: tuple[int, ...] = ()
    misplaced: int = 0

    def dealt(self, by_category: Mapping[int, int]) -> Self:
        """Take note of how many rows there are of each category (``source_rows.category``)."""
        if self.selection.folds is not None:
            parts = range(1, self.selection.parts + 1)
            self.part_rows = tuple(by_category.get(number, 0) for number in parts)
            self.misplaced = by_category.get(self.selection.parts + 2, 0)
        return self

    @property
    @abstractmethod
    def keys(self) -> sql.Composable:
        """An item of a FROM clause: the ``value`` of the key of each row."""

    @abstractmethod
    def each_key(self) -> Iterator[str | None]:
        """Yield the keys of rows that keep one, in the order of positions."""

    @classmethod
    def counted(cls, session: Session, selection: Selection, table: str, counts: Row) -> Self:
        """Return the staged rows of a table that has been filled with what was selected.

        Args:
            counts: all ``rows``; of these those that are ``labelled``, and of these those that the
                source marks for ``validation``; ``bytes`` of the table.
        """
        validation_rows = counts["validation"]
        if isinstance(selection.validation, float):
            validation_rows = round(selection.validation * counts["labelled"])
        return cls(
            session=session,
            selection=selection,
            table=table,
            rows=counts["labelled"],
            validation_rows=validation_rows,
            excluded_rows=counts["rows"] - counts["labelled"],
            row_bytes=counts["bytes"] // max(counts["rows"], 1),
        )

    @property
    @abstractmethod
    def layout(self) -> StagedLayout:
        """How the rows are staged and read."""

    @abstractmethod
    def learn(self, fitters: Sequence[Learner]) -> None:
        """Have the fitters check every row, and learn from the training rows."""

    @property
    def text_groups(self) -> list[Group]:
        """The groups of features of which the database can count the values."""
        return [group for group in self.layout.groups if group.type == "text"]

    def texts(self, group: Group) -> sql.Composable:
        """Return an item of a FROM clause: the texts of a group, as ``StagedLayout.texts`` says."""
        return self.layout.texts(group, sql.SQL(self.table))

    def labels(self) -> sql.Composable:
        """Return an item of a FROM clause: all targets, as ``StagedLayout.labels`` says."""
        return self.layout.labels(sql.SQL(self.table))

    @abstractmethod
    def hold_out(self, rows: Mapping[str, int]) -> None:
        """Make the validation rows the first so many rows of each label, and no others.

        There is one target, with one label a row.
        """

    @property
    def parts(self) -> tuple[tuple[bool, int, int], ...]:
        """Whether rows are for training, and the positions from and to: validation rows first."""
        return (False, 0, self.validation_rows), (True, self.validation_rows, self.rows)

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
