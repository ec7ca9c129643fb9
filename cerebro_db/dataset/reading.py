"""Reads a batch of rows: the SQL expressions over it, and the canonical columns of what they give.

Plain data, so that the rows of a batch can be put together in one place and decoded there by a
``Reading`` that was made in another.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from psycopg import sql

from cerebro_db.dataset.array_bytes import array_of
from cerebro_db.dataset.binary import array_items, record_fields
from cerebro_db.dataset.columns import FLOAT_FORMS, Column, Columns, Form, Values
from cerebro_db.dataset.extract import (
    array_bytes,
    array_value,
    canonical,
    float_value,
    json_text,
    labels_value,
    text_value,
    unpacked_rows,
    utf8,
)
from cerebro_db.dataset.plan import feature_name, target_name

# By pg_type.oid.
_BYTEA, _BYTEAS = 17, 1001

_TEXT_FORMS: frozenset[Form] = frozenset({"text", "labels"})


@dataclass(frozen=True)
class Reading(ABC):
    """What to read of staged rows.

    Args:
        features: the staged columns and their forms, all of them: floats are packed together.
        targets: the label columns.
        label_form: the form in which targets are read; None leaves them out.
        wanted: the features to read of those that are not packed; None reads all.
    """

    features: tuple[tuple[Column, Form], ...]
    targets: tuple[Column, ...] = ()
    label_form: Form | None = None
    wanted: tuple[str, ...] | None = None

    @property
    @abstractmethod
    def record(self) -> sql.Composable:
        """A batch as one bytea, whatever the client's encoding."""

    @abstractmethod
    def columns_of_record(self, payload: bytes) -> Columns:
        """Return the canonical columns of ``record``."""

    def numbers_of_record(self, payload: bytes) -> np.ndarray | None:
        """Return (rows, columns) of ``record`` if that is how it holds all columns."""
        return None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "class": type(self).__name__,
            "features": [[asdict(column), form] for column, form in self.features],
            "targets": [asdict(column) for column in self.targets],
            "label_form": self.label_form,
            "wanted": self.wanted,
        }

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> Reading:
        """Rebuild what ``to_json`` wrote, before or after it was stored as JSON."""
        return _CLASSES[document["class"]](
            tuple((Column(**column), form) for column, form in document["features"]),
            tuple(Column(**column) for column in document["targets"]),
            document["label_form"],
            None if document["wanted"] is None else tuple(document["wanted"]),
        )

    @cached_property
    def _packed(self) -> list[str]:
        """The names of the columns that are staged as one, packed."""
        return [column.name for column, form in self.features if form in FLOAT_FORMS]

    @cached_property
    def _single(self) -> list[tuple[sql.SQL, Column, Form]]:
        """The other columns, with their staged names."""
        single = [
            (sql.SQL(feature_name(index)), column, form)
            for index, (column, form) in enumerate(self.features)
            if form not in FLOAT_FORMS and (self.wanted is None or column.name in self.wanted)
        ]
        form = self.label_form
        if form is not None:
            single += [
                (sql.SQL(target_name(i)), column, form) for i, column in enumerate(self.targets)
            ]
        return single

    def _record(
        self, first: Sequence[sql.Composable], single: Sequence[sql.Composable]
    ) -> sql.Composable:
        """Return a row of fields in binary, with texts as JSON, in UTF-8 for any client."""
        fields = [
            utf8(json_text(field)) if form in _TEXT_FORMS else field
            for field, (_, _, form) in zip(single, self._single, strict=True)
        ]
        return sql.SQL("pg_catalog.record_send(row({}))").format(
            sql.SQL(", ").join([*first, *fields])
        )

    def _fields(self, record: bytes) -> list[Any]:
        """Return the fields of a record: bytes, lists of bytes, and what texts were as JSON."""
        fields = [_field(*field) for field in zip(*record_fields(record), strict=True)]
        first = len(fields) - len(self._single)
        for index, (_, _, form) in enumerate(self._single, start=first):
            if form in _TEXT_FORMS:
                fields[index] = json.loads(fields[index])
        return fields

    def _columns(self, floats: np.ndarray | None, single: Sequence[Sequence[Any]]) -> Columns:
        """Return the canonical columns of packed floats (rows, columns) and of parts of others."""
        columns: dict[str, Values] = {}
        if floats is not None:
            columns.update(zip(self._packed, np.ascontiguousarray(floats.T), strict=True))
        for (_, column, form), parts in zip(self._single, single, strict=True):
            columns[column.name] = canonical(form, parts)
        return columns


class BatchReading(Reading):
    """Reads batches that are staged as such: one row of the table holds arrays of all values."""

    @property
    def expressions(self) -> list[sql.Composable]:
        """What to select of a staged batch, for ``columns``."""
        return [*self._packed_field, *(self._values(*item) for item in self._single)]

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
        return self._record(self._packed_field, [self._values(*item) for item in self._single])

    def columns_of_record(self, payload: bytes) -> Columns:
        """Return the canonical columns of ``record``."""
        return self.columns([self._fields(payload)])

    def numbers_of_record(self, payload: bytes) -> np.ndarray | None:
        """Return (rows, columns) of ``record`` if all columns are numbers: NaN is NULL."""
        return None if self._single else array_of(self._fields(payload)[0], null=np.nan)

    @property
    def _packed_field(self) -> list[sql.Composable]:
        return [sql.SQL("floats")] if self._packed else []

    def _values(self, name: sql.SQL, column: Column, form: Form) -> sql.Composable:
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


class RowReading(Reading):
    """Reads rows that are staged one by one, and aggregated to batches as they are read."""

    @property
    def record(self) -> sql.Composable:
        """The aggregates of a batch, as one bytea."""
        positions = sql.SQL("string_agg(int8send(position), ''::bytea)")
        packed = [sql.SQL("string_agg(floats, ''::bytea)")] if self._packed else []
        single = [_aggregate(column, form, name) for name, column, form in self._single]
        return self._record([positions, *packed], single)

    def columns_of_record(self, payload: bytes) -> Columns:
        """Return the canonical columns of ``record``, with the rows in the order of positions."""
        positions, *results = self._fields(payload)
        order = np.argsort(np.frombuffer(positions, ">i8"))
        floats = unpacked_rows(results.pop(0), len(self._packed)) if self._packed else None
        columns = self._columns(floats, [[result] for result in results])
        return {name: _reordered(values, order) for name, values in columns.items()}


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


_CLASSES: dict[str, type[Reading]] = {cls.__name__: cls for cls in (BatchReading, RowReading)}


def _reordered(values: Values, order: np.ndarray) -> Values:
    if isinstance(values, np.ndarray):
        return values[order]
    return [values[index] for index in order]


def _field(oid: int, value: bytes | None) -> Any:
    if value is None or oid not in (_BYTEA, _BYTEAS):
        raise ValueError(f"a field of type {oid} in a batch")
    return value if oid == _BYTEA else array_items(value)[2]
