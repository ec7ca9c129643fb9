"""The layout of tables whose rows are the source's rows: they become batches as they are read.

All numbers of a row are packed into one column, and each group is an array.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from psycopg import sql

from cerebro_db.dataset.columns import Columns, Values
from cerebro_db.dataset.staged.layout import (
    FLOATS,
    KEY,
    TARGETS,
    Group,
    StagedLayout,
    byte_items_of,
    bytes_of,
    document_of,
    fields_of,
    record_of,
    target_name,
)
from cerebro_db.dataset.values.array_bytes import header_bytes, nan_as_infinity
from cerebro_db.dataset.values.binary import array_items
from cerebro_db.dataset.values.expressions import (
    array_bytes,
    canonical,
    float_value,
    json_text,
    target_value,
    utf8,
)

# Stands for NULL where each row's floats are packed alone: no value anyone stores.
_NULL = -1.6180339887498949e308


class RowLayout(StagedLayout):
    """One row of the table is one of the source, with a ``position`` that the engine gives it."""

    most_groups = 1

    @property
    def staged(self) -> list[tuple[sql.SQL, sql.Composable]]:
        """The names of the staged columns, and what to make for them of a row that is ``named``."""
        found = [
            (group.name, _array([feature.value for feature in group.features], group.type))
            for group in self.groups
        ]
        names = [sql.SQL(target_name(index)) for index in range(len(self.targets))]
        numbers = len(names) > 1
        values = [
            target_value(column, name, number=numbers)
            for column, name in zip(self.targets, names, strict=True)
        ]
        if numbers:
            missing = sql.SQL(" or ").join([sql.SQL("{} is null").format(name) for name in names])
            together = sql.SQL("case when not ({}) then {} end").format(
                missing, _array(values, "float8")
            )
            found.append((TARGETS, together))
        else:
            found += [(target_name(index), value) for index, value in enumerate(values)]
        if self.key is not None:
            found.append((KEY, sql.SQL(KEY)))
        if self._floats:
            found.append((FLOATS, _packed([float_value(*item) for item in self._floats])))
        return [(sql.SQL(name), value) for name, value in found]

    @property
    def labelled(self) -> sql.Composable:
        """The condition that a staged row has all its labels."""
        if not self.targets:
            return sql.SQL("true")
        return sql.SQL("{} is not null").format(self._labels_name)

    def texts(self, group: Group, table: sql.Composable) -> sql.Composable:
        """Return an item of a FROM clause: the texts of a group; see ``StagedLayout``."""
        return _unnested(table, sql.SQL(group.name))

    def labels(self, table: sql.Composable) -> sql.Composable:
        """Return an item of a FROM clause: all targets; see ``StagedLayout``."""
        if len(self.targets) > 1:
            return _unnested(table, self._labels_name)
        return sql.SQL("(select position, 0 as number, {} as value from {}) as own_columns").format(
            self._labels_name, table
        )

    @property
    def record(self) -> sql.Composable:
        """The aggregates of a batch, as one bytea."""
        return record_of(self._fields)

    @property
    def _fields(self) -> list[sql.Composable]:
        fields: list[sql.Composable] = [sql.SQL("string_agg(int8send(position), ''::bytea)")]
        if self._floats:
            fields.append(sql.SQL("string_agg({}, ''::bytea)").format(sql.SQL(FLOATS)))
        for group, wanted in self._read_groups:
            name = sql.SQL(group.name)
            if len(wanted) < len(group.features):
                places = [group.features.index(feature) + 1 for feature in wanted]
                items = [sql.SQL("{}[{}]").format(name, sql.Literal(place)) for place in places]
                array: sql.Composable = _array(items, group.type)
            else:
                array = name
            if group.type == "text":
                documents = sql.SQL("'[' || string_agg({}, ',') || ']'").format(json_text(array))
                fields.append(utf8(documents))
            else:
                fields.append(sql.SQL("array_agg(pg_catalog.array_send({}))").format(array))
        if self.targets and self.label_form is not None:
            fields.append(self._label)
        return fields

    @property
    def keys(self) -> sql.Composable:
        """The aggregate of a batch's keys, in the order in which its record is decoded."""
        return sql.SQL("array_agg({} order by position)").format(sql.SQL(KEY))

    def columns_of_record(self, payload: bytes) -> Columns:
        """Return the canonical columns of ``record``, with the rows in the order of positions."""
        fields = iter(fields_of(payload, len(self._fields)))
        order = np.argsort(np.frombuffer(bytes_of(next(fields)), ">i8"))
        columns: dict[str, Values] = {}
        if self._floats:
            floats = _unpacked(bytes_of(next(fields)), len(self._floats))
            names = [column.name for column, _ in self._floats]
            columns.update(zip(names, np.ascontiguousarray(floats.T), strict=True))
        for group, wanted in self._read_groups:
            field = next(fields)
            rows = document_of(field) if group.type == "text" else _rows_of(field)
            for feature, values in zip(wanted, zip(*rows, strict=True), strict=True):
                columns[feature.column.name] = canonical(feature.form, [values])
        for field in fields:
            columns.update(self._labels_of(field))
        return {name: _reordered(values, order) for name, values in columns.items()}

    @property
    def label(self) -> sql.Composable:
        """The staged label of a row; of several targets, the array of them."""
        return self._labels_name

    @property
    def _labels_name(self) -> sql.SQL:
        return sql.SQL(TARGETS if len(self.targets) > 1 else target_name(0))

    @property
    def _label(self) -> sql.Composable:
        """The aggregate of the targets' values."""
        name = self._labels_name
        if len(self.targets) > 1:
            return sql.SQL("string_agg({}, ''::bytea)").format(array_bytes(name))
        match self.label_form:
            case "labels":
                value = json_text(sql.SQL("{}::text[]").format(name))
                return utf8(json_text(sql.SQL("array_agg({})").format(value)))
            case "text":
                return utf8(json_text(sql.SQL("array_agg({}::text)").format(name)))
            case _:
                return array_bytes(sql.SQL("array_agg({}::float8)").format(name))

    def _labels_of(self, field: tuple[int, bytes | None]) -> Columns:
        names = [column.name for column in self.targets]
        if len(names) > 1:
            return dict(zip(names, _unpacked(bytes_of(field), len(names)).T, strict=True))
        assert self.label_form is not None
        number = self.label_form == "number"
        values = bytes_of(field) if number else document_of(field)
        return {names[0]: canonical(self.label_form, [values])}


def _array(items: Sequence[sql.Composable], type_: str) -> sql.Composable:
    return sql.SQL("array[{}]::pg_catalog.{}[]").format(sql.SQL(", ").join(items), sql.SQL(type_))


def _packed(numbers: Sequence[sql.Composable]) -> sql.Composable:
    """Return the expression of one row's numbers as bytes, all rows alike long."""
    items = [
        sql.SQL("coalesce({}::pg_catalog.float8, {})").format(number, sql.Literal(_NULL))
        for number in numbers
    ]
    return array_bytes(_array(items, "float8"))


def _unpacked(payload: bytes, width: int) -> np.ndarray:
    """Return the packed rows that ``payload`` joins as (rows, width)."""
    row = np.dtype([("header", f"V{header_bytes(1)}"), ("values", np.float64, (width,))])
    values = np.frombuffer(payload, row)["values"]
    return np.where(values == _NULL, np.nan, nan_as_infinity(values))


def _unnested(table: sql.Composable, array: sql.SQL) -> sql.Composable:
    """Return an item of a FROM clause: ``position``, ``number``, ``value`` of a row's array."""
    return sql.SQL(
        "(select position, generate_subscripts({0}, 1) - 1 as number, unnest({0}) as value"
        " from {1}) as own_columns"
    ).format(array, table)


def _rows_of(field: tuple[int, bytes | None]) -> list[list[bytes | None]]:
    """Return the rows of bytes that a field of a record is: an array of them, each an array."""
    rows = []
    for row in byte_items_of(field)[1]:
        if row is None:
            raise ValueError("a row of a batch is missing")
        rows.append(array_items(row)[2])
    return rows


def _reordered(values: Values, order: np.ndarray) -> Values:
    if isinstance(values, np.ndarray):
        return values[order]
    return [values[index] for index in order]
