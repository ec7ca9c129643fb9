"""Decodes one whole row of the caller's table, as ``record_send(row(input))`` hands it over.

The binary form says the type of each column; the names come from the catalog by the row's type, or,
for the rows of a subquery, whose type has no name, from ``row_to_json``. A JSON object is a row too
(``json_row``).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import (
    ELEMENT_SEND,
    FLOAT_FORMS,
    SEND,
    Column,
    Columns,
    Values,
    missing,
)
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.row.json_row import JsonRow
from cerebro_db.dataset.row.number_places import NUMBERS, NumberPlaces
from cerebro_db.dataset.values.binary import UNREADABLE, decoder, record_fields
from cerebro_db.errors import DataError, InvalidArgument
from cerebro_db.session import Session
from cerebro_db.tensors import Tensors

_RECORD = 2249
"""The type oid of a row whose type has no name."""

# Where it stands in the payload.
_ROW_TYPE = slice(4, 8)

_TYPE_OID = struct.Struct("!I")

# The bytes before the text of a JSON row: jsonb has a version there.
_BEFORE_JSON = {"json_send": b"", "jsonb_send": b"\x01"}

_HINT = (
    "Pass the whole row: cerebro_predict('run', t) from your_table t. If a column has the name of "
    "the alias, take another alias. Or pass a JSON object: '{...}'::jsonb."
)


@dataclass(frozen=True)
class _Reader:
    """Reads one column: where it stands in the row, and what makes its canonical value."""

    name: str
    position: int
    send: str
    decode: Callable[[bytes | None], Any]


class RowDecoder:
    """Turns one row into the canonical columns that an encoding needs, and into its tensors; extra
    columns are ignored.

    Keep one for rows of the same statement and an encoding: it remembers the types of rows and
    columns that it met, until it is to ``forget``.
    """

    def __init__(self, session: Session, encoding: Encoding) -> None:
        self._session = session
        self._encoding = encoding
        # By the type of the row, as its bytes have it.
        self._places: dict[bytes, NumberPlaces] = {}
        self._forms = encoding.forms
        self._row_types = {_RECORD}
        self._readers: dict[tuple[Any, ...], tuple[list[_Reader], list[_Reader]]] = {}
        self._types: dict[int, Column] = {}
        self._json = JsonRow(session, encoding)
        # What stands before the text, by the type of the row, as its bytes have it.
        self._json_types: dict[bytes, bytes] = {}

    def forget(self) -> None:
        """Look at the types of rows again: columns keep their types under other names."""
        self._places.clear()
        self._row_types = {_RECORD}
        self._readers.clear()

    def encode(self, payload: bytes, document: str | None = None) -> Tensors | None:
        """Return ``Encoding.encode`` of one row; None if the row itself is NULL.

        Args and Raises: see ``decode``.
        """
        places = self._places.get(payload[_ROW_TYPE])
        if places is not None:
            values = places.read(payload)
            encoded = None if values is None else self._encoding.encode_numbers(values[None])
            if encoded is not None:
                return encoded
        if self._is_json(payload):
            try:
                text = self._json_text(payload)
            except UNREADABLE as error:
                raise _unreadable(error) from error
            return None if text is None else self._json.encode(text)
        columns = self.decode(payload, document)
        if columns is None:
            return None
        if self._encoding.only_numbers and document is None and not self._is_json(payload):
            self._learn(payload)
        return self._encoding.encode(columns)

    def decode(self, payload: bytes, document: str | None = None) -> Columns | None:
        """Return canonical columns of one row; None if the row itself is NULL.

        Args:
            payload: ``record_send(row(input))``.
            document: ``row_to_json(row(input))``, which only rows of a nameless type need.

        Raises:
            InvalidArgument: the input is no row, or a column has another type than in training;
                of a JSON object, a value that its type would not take.
            UndefinedColumn: a column that training used is missing.
            DataError: the bytes are not those of a row.
        """
        try:
            return self._decode(payload, document)
        except UNREADABLE as error:
            raise _unreadable(error) from error

    def _decode(self, payload: bytes, document: str | None) -> Columns | None:
        (type_oid,), (row,) = record_fields(payload)
        if type_oid not in self._row_types:
            self._require_row_type(type_oid)
        if row is None:
            return None
        if self._is_json(payload):
            text = self._json_text(payload)
            return None if text is None else self._json.decode(text)
        oids, values = record_fields(row)
        names = _names_in(document) if type_oid == _RECORD else ()
        # A table whose columns have changed has other types here, so its readers are made anew.
        key = (type_oid, oids, names)
        if key not in self._readers:
            self._readers[key] = self._make_readers(names or self._names_of(type_oid), oids)
        floats, others = self._readers[key]
        # One array for all floats: many small ones would take longer than to decode them.
        decoded = [reader.decode(values[reader.position]) for reader in floats]
        rows = np.array(decoded, np.float64).reshape(-1, 1)
        columns: dict[str, Values] = dict(
            zip([reader.name for reader in floats], rows, strict=True)
        )
        for reader in others:
            columns[reader.name] = [reader.decode(values[reader.position])]
        return columns

    def _learn(self, payload: bytes) -> None:
        """Have the next rows like this one read at once, if all that it needs is there."""
        (type_oid,), (row,) = record_fields(payload)
        assert row is not None
        oids, values = record_fields(row)
        readers, _ = self._readers[type_oid, oids, ()]
        wanted = [(reader.position, NUMBERS.get(reader.send, "")) for reader in readers]
        if any(not kind or values[position] is None for position, kind in wanted):
            return
        lengths: list[int | None] = [-1 if value is None else len(value) for value in values]
        before = self._places.get(payload[_ROW_TYPE])
        if before is not None and len(before.lengths) == len(lengths):
            # What differs from row to row varies.
            for position in set(range(len(lengths))) - {position for position, _ in wanted}:
                if before.lengths[position] != lengths[position]:
                    lengths[position] = None
        self._places[payload[_ROW_TYPE]] = NumberPlaces(payload, lengths, wanted)

    def _is_json(self, payload: bytes) -> bool:
        return payload[_ROW_TYPE] in self._json_types

    def _json_text(self, payload: bytes) -> str | None:
        """Return the text of a row that is JSON, None for NULL."""
        _, (row,) = record_fields(payload)
        if row is None:
            return None
        before = self._json_types[payload[_ROW_TYPE]]
        if not row.startswith(before):
            raise ValueError("JSON of another version")
        return row[len(before) :].decode()

    def _require_row_type(self, type_oid: int) -> None:
        before = _BEFORE_JSON.get(self._type(type_oid).send)
        if before is not None:
            self._json_types[_TYPE_OID.pack(type_oid)] = before
        elif not self._names_of(type_oid):
            raise InvalidArgument(
                "the input is not a row",
                detail=f"Its type is {self._type(type_oid).type}.",
                hint=_HINT,
            )
        self._row_types.add(type_oid)

    def _names_of(self, type_oid: int) -> tuple[str, ...]:
        return tuple(row["name"] for row in self._session.fetch(_NAMES, type_oid))

    def _make_readers(
        self, names: tuple[str, ...], oids: tuple[int, ...]
    ) -> tuple[list[_Reader], list[_Reader]]:
        """Return what reads the columns of a float form, and what reads the others."""
        positions = {name: position for position, name in enumerate(names)}
        floats: list[_Reader] = []
        others: list[_Reader] = []
        for name, form in self._forms.items():
            if name not in positions:
                raise missing(name, names, where="in the row")
            column = self._type(oids[positions[name]])
            if not column.offers(form):
                raise InvalidArgument(
                    f'column "{name}" has another type than in training',
                    detail=f"It is {column.type}; training took it as {form}.",
                    hint="Cast it in a subquery whose row you pass.",
                )
            decode = decoder(column.send, form, self._send_of)
            if column.send == "cash_send":
                decode = _in_units(decode, self._money_unit())
            reader = _Reader(name, positions[name], column.send, decode)
            (floats if form in FLOAT_FORMS else others).append(reader)
        return floats, others

    def _type(self, oid: int) -> Column:
        if oid not in self._types:
            row = self._session.fetch(_TYPE, oid)[0]
            self._types[oid] = Column("", row["type"], row["send"], row["element"] or "")
        return self._types[oid]

    def _money_unit(self) -> int:
        """Return how many of the smallest units of money are one, in the session's locale."""
        return int.from_bytes(self._session.fetch(_MONEY_UNIT)[0]["unit"], "big")

    def _send_of(self, oid: int) -> str:
        return self._type(oid).send


# On the user's search path, so with every name in full; bigint is the grammar's own.
_NAMES = """
select a.attname::pg_catalog.text as name
from pg_catalog.pg_type t
left join pg_catalog.pg_type base on base.oid operator(pg_catalog.=) t.typbasetype
join pg_catalog.pg_attribute a
    on a.attrelid operator(pg_catalog.=) coalesce(base.typrelid, t.typrelid)
where t.oid operator(pg_catalog.=) $1::bigint::pg_catalog.oid
    and a.attnum operator(pg_catalog.>) 0
    and not a.attisdropped
order by a.attnum
"""

_MONEY_UNIT = """
select pg_catalog.cash_send(1::pg_catalog.int4::pg_catalog.money) as unit
"""

_TYPE = f"""
select pg_catalog.format_type(t.oid, null) as type, {SEND} as send, {ELEMENT_SEND} as element
from pg_catalog.pg_type t
where t.oid operator(pg_catalog.=) $1::bigint::pg_catalog.oid
"""


def _in_units(decode: Callable[[bytes | None], float], unit: int) -> Callable[[Any], float]:
    return lambda value: decode(value) / unit


def _unreadable(error: Exception) -> DataError:
    """Return the error for bytes that are no row: who may predict may call what takes any, too."""
    return DataError(
        "the input is not a row in binary form",
        detail=f"Reading it ends with {shorten(repr(error), 200)}.",
        hint=_HINT,
    )


def _names_in(document: str | None) -> tuple[str, ...]:
    """Return the columns' names in {"f1": {"name": value, ...}}."""
    if document is None:
        raise InvalidArgument(
            "the row's columns have no names", detail="Its type is record.", hint=_HINT
        )
    ((_, row),) = json.loads(document, object_pairs_hook=list)
    return tuple(name for name, _ in row)
