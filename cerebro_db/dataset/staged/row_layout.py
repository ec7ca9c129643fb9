"""The layout of tables whose rows are the source's rows: they become batches as they are read.

All numbers of a row are packed into one column; the others are as they are in the source.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from psycopg import sql

from cerebro_db.dataset.columns import FLOAT_FORMS, Column, Columns, Form, Values
from cerebro_db.dataset.staged.layout import (
    FLOATS,
    KEY,
    StagedLayout,
    feature_name,
    target_name,
)
from cerebro_db.dataset.values.array_bytes import header_bytes, nan_as_infinity
from cerebro_db.dataset.values.expressions import (
    array_bytes,
    array_value,
    float_value,
    json_text,
    labels_value,
    text_value,
)

# Stands for NULL where each row's floats are packed alone: no value anyone stores.
_NULL = -1.6180339887498949e308


class RowLayout(StagedLayout):
    """One row of the table is one of the source, with a ``position`` that the engine gives it."""

    @property
    def staged_names(self) -> list[sql.Composable]:
        """The names of the staged columns."""
        forms = [form for _, form in self.features]
        names = [feature_name(index) for index, form in enumerate(forms) if form not in FLOAT_FORMS]
        names += [target_name(index) for index in range(len(self.targets))]
        names += [KEY] * (self.key is not None)
        names += [FLOATS] * bool(self._packed)
        return [sql.SQL(name) for name in names]

    @property
    def staged_columns(self) -> list[sql.Composable]:
        """What to select of rows whose columns are ``named``, in the order of the names."""
        if not self._packed:
            return self.staged_names
        packed = [
            (column, sql.SQL(feature_name(index)))
            for index, (column, form) in enumerate(self.features)
            if form in FLOAT_FORMS
        ]
        floats = sql.SQL("{} as {}").format(_packed_row(packed), sql.SQL(FLOATS))
        return [*self.staged_names[:-1], floats]

    def value(self, column: Column) -> sql.Composable:
        """Return a column's own value."""
        return sql.SQL(self._name_of(column))

    def most_dimensions(self, column: Column) -> sql.Composable:
        """Return the aggregate of the most dimensions that a feature's arrays have."""
        return sql.SQL("max(array_ndims({}))").format(self.value(column))

    @property
    def record(self) -> sql.Composable:
        """The aggregates of a batch, as one bytea."""
        positions = sql.SQL("string_agg(int8send(position), ''::bytea)")
        packed = [sql.SQL(f"string_agg({FLOATS}, ''::bytea)")] if self._packed else []
        single = [_aggregate(column, form, name) for name, column, form in self._single]
        return self._record([positions, *packed], single)

    @property
    def keys(self) -> sql.Composable:
        """The aggregate of a batch's keys, in the order in which its record is decoded."""
        return sql.SQL(f"array_agg({KEY} order by position)")

    def columns_of_record(self, payload: bytes) -> Columns:
        """Return the canonical columns of ``record``, with the rows in the order of positions."""
        positions, *results = self._fields(payload)
        order = np.argsort(np.frombuffer(positions, ">i8"))
        floats = _unpacked_rows(results.pop(0), len(self._packed)) if self._packed else None
        columns = self._columns(floats, [[result] for result in results])
        return {name: _reordered(values, order) for name, values in columns.items()}


def _packed_row(columns: Sequence[tuple[Column, sql.Composable]]) -> sql.Composable:
    """Return the expression of one row's columns of float forms as bytes, all rows alike long."""
    items = [
        sql.SQL("coalesce({}::pg_catalog.float8, {})").format(
            float_value(column, value), sql.Literal(_NULL)
        )
        for column, value in columns
    ]
    return array_bytes(sql.SQL("array[{}]::pg_catalog.float8[]").format(sql.SQL(", ").join(items)))


def _unpacked_rows(payload: bytes, width: int) -> np.ndarray:
    """Return the packed rows that ``payload`` joins as (rows, width)."""
    row = np.dtype([("header", f"V{header_bytes(1)}"), ("values", np.float64, (width,))])
    values = np.frombuffer(payload, row)["values"]
    return np.where(values == _NULL, np.nan, nan_as_infinity(values))


def _aggregate(column: Column, form: Form, value: sql.Composable) -> sql.Composable:
    """Return the aggregate of a column's values, for ``canonical``."""
    if form in FLOAT_FORMS:
        return array_bytes(sql.SQL("array_agg({}::float8)").format(float_value(column, value)))
    match form:
        case "text":
            value = text_value(column, value)
        case "labels":
            value = json_text(labels_value(value))
        case "array":
            value = array_value(column, value)
        case _:
            value = sql.SQL("{}::bytea").format(value)
    return sql.SQL("array_agg({})").format(value)


def _reordered(values: Values, order: np.ndarray) -> Values:
    if isinstance(values, np.ndarray):
        return values[order]
    return [values[index] for index in order]
