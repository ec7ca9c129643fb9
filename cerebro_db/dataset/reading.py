"""Reads a batch of staged rows: the SQL aggregates, and the canonical columns of what they give.

Plain data, so that the rows of a batch can be aggregated in one place and decoded there by a
``Reading`` that was made in another.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from psycopg import sql
from psycopg.adapt import Transformer
from psycopg.pq import Format

from cerebro_db.dataset import extract
from cerebro_db.dataset.columns import FLOAT_FORMS, Column, Columns, Form, Values
from cerebro_db.dataset.plan import feature_name, target_name

_RECORD = 2249
"""The type oid of a row whose type has no name."""


@dataclass(frozen=True)
class Reading:
    """What to read of staged rows.

    Args:
        features: the staged columns and their forms, all of them: floats are packed together.
        targets: the label columns.
        label_form: the form in which targets are read; None leaves them out.
    """

    features: tuple[tuple[Column, Form], ...]
    targets: tuple[Column, ...] = ()
    label_form: Form | None = None

    @property
    def aggregates(self) -> list[sql.Composable]:
        """The aggregates over staged rows whose results ``columns`` takes."""
        return self._aggregates(extract.aggregates)

    def columns(self, results: Sequence[Any]) -> Columns:
        """Return the canonical columns of the aggregates' results, as a session gives them."""
        return self._columns(results, extract.canonical)

    @property
    def record(self) -> sql.Composable:
        """The aggregates of ``columns_of_record``: one bytea, whatever the client's encoding."""
        positions = sql.SQL("string_agg(int8send(position), ''::bytea)")
        items = [positions, *self._aggregates(extract.binary_aggregates)]
        return sql.SQL("record_send(row({}))").format(sql.SQL(", ").join(items))

    def columns_of_record(self, payload: bytes) -> Columns:
        """Return the canonical columns of ``record``, with the rows in the order of positions."""
        positions, *results = Transformer().get_loader(_RECORD, Format.BINARY).load(payload)
        order = np.argsort(np.frombuffer(positions, ">i8"))
        columns = self._columns(results, extract.binary_canonical)
        return {name: _reordered(values, order) for name, values in columns.items()}

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "features": [[asdict(column), form] for column, form in self.features],
            "targets": [asdict(column) for column in self.targets],
            "label_form": self.label_form,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Reading:
        """Rebuild what ``to_json`` wrote, before or after it was stored as JSON."""
        return cls(
            tuple((Column(**column), form) for column, form in document["features"]),
            tuple(Column(**column) for column in document["targets"]),
            document["label_form"],
        )

    def _aggregates(
        self, of_column: Callable[[Column, Form, sql.Composable], list[sql.Composable]]
    ) -> list[sql.Composable]:
        packed = [sql.SQL("string_agg(floats, ''::bytea)")] if self._packed else []
        single = (of_column(column, form, sql.SQL(name)) for name, column, form in self._single)
        return [*packed, *itertools.chain.from_iterable(single)]

    def _columns(
        self, results: Sequence[Any], canonical: Callable[[Form, Sequence[Any]], Values]
    ) -> Columns:
        left = iter(results)
        columns: dict[str, Values] = {}
        if self._packed:
            floats = extract.unpacked_floats(next(left), len(self._packed))
            columns.update(zip(self._packed, floats, strict=True))
        for _, column, form in self._single:
            own = list(itertools.islice(left, extract.results_of(form)))
            columns[column.name] = canonical(form, own)
        return columns

    @cached_property
    def _packed(self) -> list[str]:
        """The names of the columns that are staged as one, packed."""
        return [column.name for column, form in self.features if form in FLOAT_FORMS]

    @cached_property
    def _single(self) -> list[tuple[str, Column, Form]]:
        """The other columns, with their staged names."""
        single = [
            (feature_name(index), column, form)
            for index, (column, form) in enumerate(self.features)
            if form not in FLOAT_FORMS
        ]
        form = self.label_form
        if form is not None:
            single += [(target_name(i), column, form) for i, column in enumerate(self.targets)]
        return single


def _reordered(values: Values, order: np.ndarray) -> Values:
    if isinstance(values, np.ndarray):
        return values[order]
    return [values[index] for index in order]
