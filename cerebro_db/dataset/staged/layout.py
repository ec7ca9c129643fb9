"""The layout of staged rows: what lies where in a staged table, and how it is written and read.

This file, ``batch_layout`` and ``row_layout`` alone know the columns of a staged table. A layout is
plain data, so that a batch of rows can be put together in one place and decoded there by a layout
that was made in another.

No user's name appears in a staged table, and the names of its columns need no quotes.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from psycopg import sql

from cerebro_db.dataset.columns import FLOAT_FORMS, Column, Columns, Form, Values
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.values.binary import array_items, record_fields
from cerebro_db.dataset.values.expressions import canonical, json_text, utf8

KEY = "key"
FLOATS = "floats"
"""The features of float forms, packed together."""

# By pg_type.oid.
_BYTEA, _BYTEAS = 17, 1001

_TEXT_FORMS: frozenset[Form] = frozenset({"text", "labels"})


def feature_name(index: int) -> str:
    """Return the staged name of a feature."""
    return f"f{index}"


def target_name(index: int) -> str:
    """Return the staged name of a target."""
    return f"t{index}"


@dataclass(frozen=True)
class StagedLayout(ABC):
    """What is staged of each row, and what is to be read of it.

    Args:
        features: the columns and their forms, all of them: floats are packed together.
        targets: the label columns.
        key: the column that is kept in its own type.
        united: rows of another source are among these, with types of their own.
        label_form: the form in which targets are read; None leaves them out.
        wanted: the features to read of those that are not packed; None reads all.
    """

    features: tuple[tuple[Column, Form], ...]
    targets: tuple[Column, ...] = ()
    key: Column | None = None
    united: bool = False
    label_form: Form | None = None
    wanted: tuple[str, ...] | None = None

    @classmethod
    def of(cls, selection: Selection, label_form: Form | None = None) -> Self:
        """Return the layout of what was selected of a source."""
        return cls(
            selection.features, selection.targets, selection.key, selection.united, label_form
        )

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
    def most_dimensions(self, column: Column) -> sql.Composable:
        """Return the aggregate of the most dimensions that a feature's arrays have."""

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

    def _name_of(self, column: Column) -> str:
        return next(name for name, own in named(self) if own == column)

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


def named(selected: Selection | StagedLayout) -> tuple[tuple[str, Column], ...]:
    """Return all columns with the names under which a source is read and its rows are staged."""
    features = [(feature_name(i), column) for i, (column, _) in enumerate(selected.features)]
    targets = [(target_name(i), column) for i, column in enumerate(selected.targets)]
    key = [(KEY, selected.key)] if selected.key is not None else []
    return (*features, *targets, *key)


def _field(oid: int, value: bytes | None) -> Any:
    if value is None or oid not in (_BYTEA, _BYTEAS):
        raise ValueError(f"a field of type {oid} in a batch")
    return value if oid == _BYTEA else array_items(value)[2]
