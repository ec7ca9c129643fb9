"""Decodes one whole row of the caller's table, as ``record_send(row(input))`` hands it over.

The binary form says the type of each column; the names come from the catalog by the row's type, or,
for the rows of a subquery, whose type has no name, from ``row_to_json``.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping

import numpy as np

from cerebro_db.dataset import binary
from cerebro_db.dataset.columns import FLOAT_FORMS, Column, Columns, Form, undefined
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.errors import InvalidArgument
from cerebro_db.session import Session

_RECORD = 2249
"""The type oid of a row whose type has no name."""

_HINT = "Pass the whole row: cerebro_predict('run', t) from your_table t."

_Layout = tuple[tuple[str, ...], tuple[int, ...]]
"""Names and type oids of a row's columns."""


class RowDecoder:
    """Turns one row into the canonical columns that an encoding needs; extra columns are ignored.

    Keep one for a session and an encoding: it remembers the row types and types that it met.
    """

    def __init__(self, session: Session, encoding: Encoding) -> None:
        self._session = session
        self._forms: Mapping[str, Form] = encoding.forms
        self._layouts: dict[int, _Layout] = {}
        self._types: dict[int, Column] = {}

    def decode(self, payload: bytes, document: str | None = None) -> Columns | None:
        """Return canonical columns of one row; None if the row itself is NULL.

        Args:
            payload: ``record_send(row(input))``.
            document: ``row_to_json(row(input))``, which only rows of a nameless type need.

        Raises:
            InvalidArgument: the input is no row, or a column has another type than in training.
            UndefinedColumn: a column that training used is missing.
        """
        ((type_oid, row),) = _fields(payload)
        if row is None:
            return None
        names = self._names(type_oid, row, document)
        fields = dict(zip(names, _fields(row), strict=True))
        columns: dict[str, np.ndarray | list] = {}
        for name, form in self._forms.items():
            if name not in fields:
                raise undefined(name, names)
            value = self._value(name, form, *fields[name])
            columns[name] = np.array([value]) if form in FLOAT_FORMS else [value]
        return columns

    def _names(self, type_oid: int, row: bytes, document: str | None) -> tuple[str, ...]:
        if type_oid == _RECORD:
            if document is None:
                raise InvalidArgument(
                    "the row's columns have no names", detail="Its type is record.", hint=_HINT
                )
            pairs = json.loads(document, object_pairs_hook=list)
            return tuple(name for name, _ in pairs[0][1])
        layout = self._layouts.get(type_oid)
        if layout is None or layout[1] != tuple(oid for oid, _ in _fields(row)):
            layout = self._layouts[type_oid] = self._read_layout(type_oid)
        return layout[0]

    def _read_layout(self, type_oid: int) -> _Layout:
        rows = self._session.fetch(_LAYOUT, type_oid)
        if not rows:
            name = self._session.fetch(
                "select format_type($1::bigint::oid, null) as name", type_oid
            )
            raise InvalidArgument(
                "the input is not a row", detail=f"Its type is {name[0]['name']}.", hint=_HINT
            )
        return tuple(row["name"] for row in rows), tuple(row["type"] for row in rows)

    def _value(self, name: str, form: Form, type_oid: int, payload: bytes | None) -> object:
        column = self._type(type_oid)
        element = ""
        if column.send == "array_send" and payload is not None:
            element = self._type(binary.element_oid(payload)).send
            column = Column(column.name, column.type, column.send, element)
        elif column.send == "array_send" and form == "array":
            return None
        if not column.offers(form):
            raise InvalidArgument(
                f'column "{name}" has another type than in training',
                detail=f"It is {column.type}; training took it as {form}.",
                hint="Cast it in a subquery whose row you pass.",
            )
        return binary.decode(column.send, form, payload, self._to_text, element)

    def _type(self, oid: int) -> Column:
        if oid not in self._types:
            row = self._session.fetch(_TYPE, oid)[0]
            self._types[oid] = Column("", row["type"], row["send"])
        return self._types[oid]

    def _to_text(self, payload: bytes) -> str:
        if payload.isascii():
            return payload.decode("ascii")
        # Text was sent in the client's encoding, which the client may change at any time.
        rows = self._session.fetch(
            "select convert_from($1::bytea, pg_client_encoding()) as text", payload
        )
        return rows[0]["text"]


_LAYOUT = """
select a.attname::text as name, a.atttypid::bigint as type
from pg_type t
left join pg_type base on base.oid = t.typbasetype
join pg_attribute a on a.attrelid = coalesce(base.typrelid, t.typrelid)
where t.oid = $1::bigint::oid
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum
"""

_TYPE = """
select format_type(t.oid, null) as type, p.proname::text as send
from pg_type t
join pg_proc p on p.oid = t.typsend::oid
where t.oid = $1::bigint::oid
"""


def _fields(record: bytes) -> Iterator[tuple[int, bytes | None]]:
    """Yield type oid and value of each column of a record; a NULL is None."""
    (count,) = struct.unpack_from("!i", record)
    offset = 4
    for _ in range(count):
        oid, length = struct.unpack_from("!Ii", record, offset)
        offset += 8
        if length < 0:
            yield oid, None
        else:
            yield oid, record[offset : offset + length]
            offset += length
