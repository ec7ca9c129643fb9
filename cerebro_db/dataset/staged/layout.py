"""The layout of staged rows: what lies where in a staged table, and how it is written and read.

This file, ``batch_layout`` and ``row_layout`` alone know the columns of a staged table. A layout is
plain data, so that a batch of rows can be put together in one place and decoded there by a layout
that was made in another.

A source may be as wide as a table can be, and a row of a table is no longer than a page. So columns
share a staged column: all numbers one (``floats``), and texts and bytes few (``Group``). No user's
name appears in a staged table, and the names of its columns need no quotes.
"""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from psycopg import sql

from cerebro_db.dataset.columns import FLOAT_FORMS, Column, Columns, Form
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.values.binary import array_items, record_fields
from cerebro_db.dataset.values.expressions import array_value, text_value

KEY = "key"
TARGETS = "targets"
"""Several targets, which are numbers, together; one has a column and a type of its own."""
FLOATS = "floats"
"""The features of float forms, packed together."""

# By pg_type.oid.
_BYTEA, _BYTEAS = 17, 1001


def feature_name(index: int) -> str:
    """Return the name of a feature's values as they are read of the source."""
    return f"f{index}"


def target_name(index: int) -> str:
    """Return the name of a target's values as they are read of the source."""
    return f"t{index}"


@dataclass(frozen=True)
class Grouped:
    """A feature in a group: the name of its values, and the form in which they are read."""

    name: str
    column: Column
    form: Form

    @property
    def value(self) -> sql.Composable:
        """The expression of one row's value, as it is staged."""
        named = sql.SQL(self.name)
        match self.form:
            case "text":
                return text_value(named)
            case "array" | "ids":
                return array_value(self.column, named)
            case _:
                return sql.SQL("{}::pg_catalog.bytea").format(named)


@dataclass(frozen=True)
class Group:
    """A staged column of the values of several features, all of them text or all of them bytea."""

    name: str
    type: str
    features: tuple[Grouped, ...]


@dataclass(frozen=True)
class StagedLayout(ABC):
    """The staged columns, and those to be read.

    Args:
        features: the columns and their forms, all of them; row weights are read like a feature.
        targets: the label columns.
        key: the column that is kept in its own type.
        united: rows of another source are among these, with types of their own.
        label_form: the form in which targets are read; None leaves them out.
        wanted: the features to read of those that are in groups; None reads all.
    """

    features: tuple[tuple[Column, Form], ...]
    targets: tuple[Column, ...] = ()
    key: Column | None = None
    united: bool = False
    label_form: Form | None = None
    wanted: tuple[str, ...] | None = None

    most_groups: ClassVar[int]
    """How many groups of one type there are at most."""

    @classmethod
    def of(cls, selection: Selection, label_form: Form | None = None) -> Self:
        """Return the layout of what was selected of a source."""
        return cls(selection.read, selection.targets, selection.key, selection.united, label_form)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The staged columns of features that are not packed."""
        found: list[Group] = []
        for type_, forms in (("text", {"text"}), ("bytea", {"array", "ids", "bytes"})):
            alike = [
                Grouped(feature_name(index), column, form)
                for index, (column, form) in enumerate(self.features)
                if form in forms
            ]
            size = -(-len(alike) // self.most_groups)
            found += [
                Group(f"{type_}_{start // size}", type_, tuple(alike[start : start + size]))
                for start in range(0, len(alike), max(size, 1))
            ]
        return tuple(found)

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

    @abstractmethod
    def texts(self, group: Group, table: sql.Composable) -> sql.Composable:
        """Return an item of a FROM clause: the texts of a group in a staged table.

        Its columns are the ``position`` of a row, the ``number`` of a feature in the group, from 0,
        and the ``value``.
        """

    @abstractmethod
    def labels(self, table: sql.Composable) -> sql.Composable:
        """Return an item of a FROM clause: all targets in a staged table.

        Its columns are the ``position`` of a row, the ``number`` of a target, from 0, and the
        ``value``: a label that can be cast to text or to a number; labels of an array as its text.
        """

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values: what it takes to read a record."""
        return {
            "class": type(self).__name__,
            "features": [[asdict(column), form] for column, form in self.features],
            "targets": [asdict(column) for column in self.targets],
            "label_form": self.label_form,
            "wanted": self.wanted,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Rebuild what ``to_json`` wrote, before or after it was stored as JSON."""
        return cls(
            features=tuple((Column(**column), form) for column, form in document["features"]),
            targets=tuple(Column(**column) for column in document["targets"]),
            label_form=document["label_form"],
            wanted=None if document["wanted"] is None else tuple(document["wanted"]),
        )

    @cached_property
    def _floats(self) -> list[tuple[Column, sql.Composable]]:
        """The columns that are packed together, and the names of their values."""
        return [
            (column, sql.SQL(feature_name(index)))
            for index, (column, form) in enumerate(self.features)
            if form in FLOAT_FORMS
        ]

    @cached_property
    def _float_names(self) -> list[str]:
        return [column.name for column, _ in self._floats]

    @cached_property
    def _read_groups(self) -> list[tuple[Group, tuple[Grouped, ...]]]:
        """The groups that are read, and which features of them are wanted."""
        found = []
        for group in self.groups:
            wanted = tuple(
                feature
                for feature in group.features
                if self.wanted is None or feature.column.name in self.wanted
            )
            if wanted:
                found.append((group, wanted))
        return found


def named(selected: Selection | StagedLayout) -> tuple[tuple[str, Column], ...]:
    """Return all columns with the names under which a source is read."""
    read = selected.read if isinstance(selected, Selection) else selected.features
    features = [(feature_name(i), column) for i, (column, _) in enumerate(read)]
    targets = [(target_name(i), column) for i, column in enumerate(selected.targets)]
    key = [(KEY, selected.key)] if selected.key is not None else []
    return (*features, *targets, *key)


def record_of(fields: Sequence[sql.Composable]) -> sql.Composable:
    """Return the expression of a row of fields in binary."""
    return sql.SQL("pg_catalog.record_send(row({}))").format(sql.SQL(", ").join(fields))


def bytes_of(field: tuple[int, bytes | None]) -> bytes:
    """Return the bytes that a field of a record is."""
    oid, value = field
    if value is None or oid != _BYTEA:
        raise ValueError(f"a field of type {oid} in a batch")
    return value


def byte_items_of(field: tuple[int, bytes | None]) -> tuple[tuple[int, ...], list[bytes | None]]:
    """Return the shape and the elements of the array of bytes that a field of a record is."""
    oid, value = field
    if value is None or oid != _BYTEAS:
        raise ValueError(f"a field of type {oid} in a batch")
    _, shape, items = array_items(value)
    if math.prod(shape) != len(items):
        raise ValueError(f"{len(items)} items in an array of shape {shape}")
    return shape, items


def document_of(field: tuple[int, bytes | None]) -> Any:
    """Return what the JSON holds that a field of a record is."""
    return json.loads(bytes_of(field))


def fields_of(record: bytes, count: int) -> list[tuple[int, bytes | None]]:
    """Return the types and bytes of a record's fields, of which there must be so many."""
    oids, values = record_fields(record)
    if len(oids) != count:
        raise ValueError(f"a batch of {len(oids)} fields")
    return list(zip(oids, values, strict=True))
