"""The layout of tables whose rows are batches of the source's rows.

All numbers of a batch are one matrix, as narrow as is exact; each other column is an array.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from psycopg import sql

from cerebro_db.dataset.columns import FLOAT_FORMS, Column, Columns, Form
from cerebro_db.dataset.staged.layout import (
    FLOATS,
    KEY,
    StagedLayout,
    feature_name,
    target_name,
)
from cerebro_db.dataset.values.array_bytes import array_of
from cerebro_db.dataset.values.expressions import (
    array_bytes,
    array_value,
    float_type,
    float_value,
    json_text,
    label_number,
    labels_value,
    text_value,
)


@dataclass(frozen=True)
class StagedColumn:
    """A staged column: its name, its value for one row, and the aggregate of these."""

    name: sql.SQL
    value: sql.Composable
    aggregate: sql.Composable


class BatchLayout(StagedLayout):
    """One row of the table holds the values of a batch of rows."""

    @property
    def staged_columns(self) -> list[StagedColumn]:
        """What to make of rows whose columns are ``named``."""
        found: list[StagedColumn] = []
        floats: list[sql.Composable] = []
        sends: list[str] = []

        def add(
            name: str, value: sql.Composable, aggregate: str = "pg_catalog.array_agg({})"
        ) -> None:
            aggregated = sql.SQL(aggregate).format(sql.SQL(name))
            found.append(StagedColumn(sql.SQL(name), value, aggregated))

        for index, (column, form) in enumerate(self.features):
            name = feature_name(index)
            value = sql.SQL(name)
            if form in FLOAT_FORMS:
                floats.append(float_value(column, value))
                # Rows of another source may have wider numbers in the same column.
                sends.append("" if self.united else column.send)
            elif form == "text":
                add(name, text_value(column, value))
            elif form == "bytes":
                add(name, sql.SQL("{}::pg_catalog.bytea").format(value))
            else:
                add(name, array_value(column, value))
                dimensions = sql.SQL("pg_catalog.array_ndims({})").format(value)
                add(_dimensions_name(index), dimensions, "pg_catalog.max({})")
        for index, column in enumerate(self.targets):
            target: sql.Composable = sql.SQL(target_name(index))
            if column.send == "array_send":
                # An array of arrays would have to be even.
                target = sql.SQL("({})::pg_catalog.text").format(labels_value(target))
            elif column.fractional:
                target = label_number(column, target)
            add(target_name(index), target)
        if self.key is not None:
            add(KEY, sql.SQL(KEY))
        if floats:
            matrix = sql.SQL("array[{}]::{}").format(sql.SQL(", ").join(floats), float_type(sends))
            add(FLOATS, matrix, array_bytes(sql.SQL("pg_catalog.array_agg({})")).as_string(None))
        return found

    def values(self, column: Column) -> sql.Composable:
        """Return the array of a column's values in a batch; labels in arrays are text."""
        return sql.SQL(self._name_of(column))

    def most_dimensions(self, column: Column) -> sql.Composable:
        """Return the aggregate of the most dimensions that a feature's arrays have."""
        index = [own for own, _ in self.features].index(column)
        return sql.SQL(f"max({_dimensions_name(index)})")

    @property
    def expressions(self) -> list[sql.Composable]:
        """What to select of a staged batch, for ``columns``."""
        return [*self._packed_field, *(self._read(*item) for item in self._single)]

    def columns(self, batches: Sequence[Sequence[Any]]) -> Columns:
        """Return the canonical columns of the expressions' results for batches, joined."""
        fields = list(zip(*batches, strict=True))
        floats = None
        if self._packed:
            floats = np.concatenate([array_of(part, null=np.nan) for part in fields.pop(0)])
        return self._columns(floats, fields)

    @property
    def record(self) -> sql.Composable:
        """The same as one bytea."""
        return self._record(self._packed_field, [self._read(*item) for item in self._single])

    def columns_of_record(self, payload: bytes) -> Columns:
        """Return the canonical columns of ``record``."""
        return self.columns([self._fields(payload)])

    def numbers_of_record(self, payload: bytes) -> np.ndarray | None:
        """Return (rows, columns) of ``record`` if all columns are numbers: NaN is NULL."""
        return None if self._single else array_of(self._fields(payload)[0], null=np.nan)

    @property
    def _packed_field(self) -> list[sql.Composable]:
        return [sql.SQL(FLOATS)] if self._packed else []

    def _read(self, name: sql.SQL, column: Column, form: Form) -> sql.Composable:
        """Return the expression of a column's values: those of targets are staged as they are."""
        if column not in self.targets:
            return name
        if form == "labels":
            document = json_text(sql.SQL("value::pg_catalog.text[]"))
            return sql.SQL("array(select {} from pg_catalog.unnest({}) as value)").format(
                document, name
            )
        if form == "text":
            return text_value(column, name, array=True)
        return array_bytes(sql.SQL("{}::pg_catalog.float8[]").format(name))


def _dimensions_name(index: int) -> str:
    """Return the staged name of the most dimensions of a feature's arrays."""
    return f"d{index}"
