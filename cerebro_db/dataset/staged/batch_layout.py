"""The layout of tables whose rows are batches of the source's rows.

All numbers of a batch are one matrix (rows, columns), as narrow as is exact; each group is a matrix
(columns, rows), of which a column's values are taken out as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

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
from cerebro_db.dataset.values.array_bytes import array_of
from cerebro_db.dataset.values.expressions import (
    array_bytes,
    canonical,
    float_type,
    float_value,
    json_text,
    target_value,
    utf8,
)


class BatchLayout(StagedLayout):
    """One row of the table holds the values of a batch of rows."""

    # A group is read whole, and a row of so many references to values elsewhere fits onto a page.
    most_groups = 100

    @property
    def values(self) -> list[sql.Composable]:
        """The values to stage of a row whose columns are ``named``."""
        found: list[sql.Composable] = [
            sql.SQL("{} as {}").format(feature.value, sql.SQL(feature.name))
            for group in self.groups
            for feature in group.features
        ]
        for index, column in enumerate(self.targets):
            name = sql.SQL(target_name(index))
            value = target_value(column, name, number=len(self.targets) > 1)
            found.append(sql.SQL("{} as {}").format(value, name))
        if self.key is not None:
            found.append(sql.SQL(KEY))
        if self._floats:
            # Rows of another source may have wider numbers in the same column.
            sends = ["" if self.united else column.send for column, _ in self._floats]
            matrix = sql.SQL("array[{}]::{} as {}").format(
                sql.SQL(", ").join([float_value(*item) for item in self._floats]),
                float_type(sends),
                sql.SQL(FLOATS),
            )
            found.append(matrix)
        return found

    @property
    def aggregates(self) -> list[sql.Composable]:
        """The columns of a staged batch, of the ``values`` of its rows."""
        found = [
            _matrix([feature.name for feature in group.features], group.name)
            for group in self.groups
        ]
        targets = [target_name(index) for index in range(len(self.targets))]
        if len(targets) > 1:
            found.append(_matrix(targets, TARGETS))
        else:
            found += [_listed(name) for name in targets]
        if self.key is not None:
            found.append(_listed(KEY))
        if self._floats:
            floats = array_bytes(sql.SQL("pg_catalog.array_agg({})").format(sql.SQL(FLOATS)))
            found.append(sql.SQL("{} as {}").format(floats, sql.SQL(FLOATS)))
        return found

    def picked(self, places: sql.Composable) -> list[tuple[sql.Composable, sql.Composable]]:
        """Return the staged columns, and what each is of the rows at these places alone.

        But for the numbers, which are bytes here: ``columns`` then has them of all rows. There is
        one target.

        Args:
            places: a bigint[], counted from 1.
        """
        found: list[tuple[sql.Composable, sql.Composable]] = [
            (sql.SQL(one.name), _picked(sql.SQL(one.name), len(one.features), places))
            for one in self.groups
        ]
        for name in (target_name(0), *([KEY] if self.key is not None else [])):
            listed = sql.SQL(name)
            picked = sql.SQL(
                "(select array_agg(value order by turn)"
                " from unnest({}) with ordinality as items (value, item)"
                " join unnest({}) with ordinality as picked (place, turn) on place = item)"
            ).format(listed, places)
            found.append((listed, picked))
        if self._floats:
            found.append((sql.SQL(FLOATS), sql.SQL(FLOATS)))
        return found

    @property
    def packed(self) -> list[str]:
        """The columns of which the numbers are packed together."""
        return self._float_names

    @property
    def label_texts(self) -> sql.Composable:
        """The JSON of a batch's labels as texts, where there is one target."""
        return json_text(sql.SQL("{}::pg_catalog.text[]").format(sql.SQL(target_name(0))))

    def texts(self, group: Group, table: sql.Composable) -> sql.Composable:
        """Return an item of a FROM clause: the texts of a group; see ``StagedLayout``."""
        return _unnested(table, sql.SQL(group.name), len(group.features))

    def labels(self, table: sql.Composable) -> sql.Composable:
        """Return an item of a FROM clause: all targets; see ``StagedLayout``."""
        name = TARGETS if len(self.targets) > 1 else target_name(0)
        return _unnested(table, sql.SQL(name), len(self.targets))

    @property
    def expressions(self) -> list[sql.Composable]:
        """The expressions to select of a staged batch, for ``columns``."""
        floats = [sql.SQL(FLOATS)] if self._floats else []
        return [*floats, *(sql.SQL(group.name) for group, _ in self._read_groups), *self._labels]

    def columns(self, batches: Sequence[Sequence[Any]]) -> Columns:
        """Return the canonical columns of the expressions' results for batches, joined."""
        fields = iter(zip(*batches, strict=True))
        columns: dict[str, Values] = {}
        if self._floats:
            floats = np.concatenate([array_of(part, null=np.nan) for part in next(fields)])
            columns.update(zip(self._float_names, np.ascontiguousarray(floats.T), strict=True))
        for group, wanted in self._read_groups:
            parts = next(fields)
            for feature in wanted:
                place = group.features.index(feature)
                columns[feature.column.name] = canonical(
                    feature.form, [part[place] for part in parts]
                )
        columns.update(self._labels_of(fields))
        return columns

    @property
    def record(self) -> sql.Composable:
        """The expressions of a staged batch as one bytea."""
        floats = [sql.SQL(FLOATS)] if self._floats else []
        groups: list[sql.Composable] = [
            utf8(json_text(sql.SQL(group.name))) if group.type == "text" else sql.SQL(group.name)
            for group, _ in self._read_groups
        ]
        labels = self._labels
        if self.label_form in ("text", "labels"):
            labels = [utf8(json_text(label)) for label in labels]
        return record_of([*floats, *groups, *labels])

    def columns_of_record(self, payload: bytes) -> Columns:
        """Return the canonical columns of ``record``."""
        fields = iter(fields_of(payload, len(self.expressions)))
        batch: list[Any] = []
        if self._floats:
            batch.append(bytes_of(next(fields)))
        for group, _ in self._read_groups:
            field = next(fields)
            batch.append(document_of(field) if group.type == "text" else _rows_of(field))
        for field in fields:
            number = self.label_form == "number"
            batch.append(bytes_of(field) if number else document_of(field))
        return self.columns([batch])

    def numbers_of_record(self, payload: bytes) -> np.ndarray | None:
        """Return (rows, columns) of ``record`` if all columns are numbers: NaN is NULL."""
        if self._read_groups or self.label_form is not None:
            return None
        return array_of(bytes_of(fields_of(payload, 1)[0]), null=np.nan)

    @property
    def _labels(self) -> list[sql.Composable]:
        """The expressions of the targets' values: one, as there is one staged column of them."""
        if not self.targets or self.label_form is None:
            return []
        if len(self.targets) > 1:
            return [array_bytes(sql.SQL(TARGETS))]
        name = sql.SQL(target_name(0))
        match self.label_form:
            case "labels":
                document = json_text(sql.SQL("value::pg_catalog.text[]"))
                return [
                    sql.SQL("array(select {} from pg_catalog.unnest({}) as value)").format(
                        document, name
                    )
                ]
            case "text":
                return [sql.SQL("{}::pg_catalog.text[]").format(name)]
            case _:
                return [array_bytes(sql.SQL("{}::pg_catalog.float8[]").format(name))]

    def _labels_of(self, fields: Iterator[Sequence[Any]]) -> Columns:
        """Return the canonical values of the targets of what is left of a batch's fields."""
        if not self.targets or self.label_form is None:
            return {}
        parts = next(fields)
        if len(self.targets) == 1:
            return {self.targets[0].name: canonical(self.label_form, parts)}
        numbers = np.concatenate([array_of(part, null=np.nan) for part in parts], axis=1)
        names = [column.name for column in self.targets]
        return dict(zip(names, numbers.astype(np.float64), strict=True))


def _listed(name: str) -> sql.Composable:
    return sql.SQL("pg_catalog.array_agg({0}) as {0}").format(sql.SQL(name))


def _matrix(names: Sequence[str], name: str) -> sql.Composable:
    """Return the aggregate of values of alike types as (names, rows)."""
    lists = [sql.SQL("pg_catalog.array_agg({})").format(sql.SQL(one)) for one in names]
    return sql.SQL("array[{}] as {}").format(sql.SQL(", ").join(lists), sql.SQL(name))


def _unnested(table: sql.Composable, matrix: sql.SQL, width: int) -> sql.Composable:
    """Return an item of a FROM clause: ``position``, ``number``, ``value`` of (width, rows)."""
    return sql.SQL(
        "(select first + place % rows as position, place / rows as number, value"
        " from (select first, rows, generate_series(0, rows * {} - 1) as place,"
        " unnest(own) as value"
        " from (select (sum(rows) over (order by batch) - rows)::bigint as first, rows,"
        " {} as own from {}) as batches) as placed) as own_columns"
    ).format(sql.Literal(width), matrix, table)


def _picked(matrix: sql.SQL, width: int, places: sql.Composable) -> sql.Composable:
    """Return the expression of (width, rows) with the rows at these places alone."""
    return sql.SQL(
        "(select array_agg(part order by number) from"
        " (select (item - 1) / (cardinality({own}) / {width}) as number,"
        " array_agg(value order by turn) as part"
        " from unnest({own}) with ordinality as items (value, item)"
        " join unnest({places}) with ordinality as picked (place, turn)"
        " on place = (item - 1) % (cardinality({own}) / {width}) + 1"
        " group by 1) as parts)"
    ).format(own=matrix, width=sql.Literal(width), places=places)


def _rows_of(field: tuple[int, bytes | None]) -> list[list[bytes | None]]:
    """Return the rows of the matrix of bytes that a field of a record is."""
    (height, width), items = byte_items_of(field)
    return [items[start : start + width] for start in range(0, height * width, max(width, 1))]
