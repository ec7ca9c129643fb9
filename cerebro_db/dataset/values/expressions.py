"""SQL expressions of single values on their way to Python, and canonical values of what arrives.

The expressions run on the user's search path, so they name functions and types by their schema.

Numbers arrive as the bytes of arrays (``array_bytes``), all else as arrays of text or bytea.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from psycopg import sql

from cerebro_db.dataset.columns import FLOAT_FORMS, MEASURE_SENDS, Column, Form, Values
from cerebro_db.dataset.values.array_bytes import array_of, arrays_of

# What float4 holds exactly; all other numbers take float8.
_NARROW_SENDS = frozenset({"float4send", "int2send", "boolsend"})


def float_value(column: Column, value: sql.Composable) -> sql.Composable:
    """Return the expression of a value of a float form as a number."""
    if column.send == "boolsend":
        return sql.SQL("{}::int").format(value)
    if column.send == "date_send":
        # The epoch of a date is that of a timestamp, whose calendar ends long before.
        return sql.SQL(
            "case when pg_catalog.isfinite({0}) is false then 'Infinity' else"
            " ({0} operator(pg_catalog.-) '1970-01-01'::pg_catalog.date)::pg_catalog.float8"
            " operator(pg_catalog.*) 86400::pg_catalog.float8 end"
        ).format(value)
    if column.form == "datetime":
        # Old servers take the epoch of infinity for 0.
        return sql.SQL(
            "case when pg_catalog.isfinite({0}) is false then 'Infinity'"
            " else pg_catalog.date_part('epoch', {0}) end"
        ).format(value)
    if column.send == "cash_send":
        return sql.SQL("{}::pg_catalog.numeric").format(value)
    if column.send in MEASURE_SENDS:
        return sql.SQL("pg_catalog.date_part('epoch', {})").format(value)
    if column.send == "numeric_send":
        return sql.SQL(_NUMERIC).format(value)
    return value


# numeric goes beyond float8 either way, where a cast fails and names no column.
_NUMERIC = (
    "case when {0} operator(pg_catalog.>=) 1e-300 and {0} operator(pg_catalog.<=) 1e308"
    " or {0} operator(pg_catalog.>=) -1e308 and {0} operator(pg_catalog.<=) -1e-300"
    " then {0}::pg_catalog.float8"
    " when {0} operator(pg_catalog.>) -1 and {0} operator(pg_catalog.<) 1 then 0"
    " when {0} is not null then 'Infinity' end"
)


def label_number(column: Column, value: sql.Composable) -> sql.Composable:
    """Return the expression of a label that is a number as float8, in one spelling for each.

    1.0 and 1.00 are one class, and so are 0 and -0.
    """
    return sql.SQL("({}::pg_catalog.float8 operator(pg_catalog.+) 0::pg_catalog.float8)").format(
        float_value(column, value)
    )


def float_type(sends: Sequence[str]) -> sql.SQL:
    """Return the array type that holds numbers of these send functions exactly."""
    narrow = _NARROW_SENDS.issuperset(sends)
    return sql.SQL("pg_catalog.float4[]" if narrow else "pg_catalog.float8[]")


def text_value(value: sql.Composable) -> sql.Composable:
    """Return the expression of a value as text that is compared byte by byte."""
    return sql.SQL('{}::pg_catalog.text collate pg_catalog."C"').format(value)


def target_value(column: Column, value: sql.Composable, *, number: bool) -> sql.Composable:
    """Return the expression of a label as it is staged, which may be read as number or as text.

    Args:
        number: it is read as a number only.
    """
    if number or column.fractional:
        return label_number(column, value)
    if column.hot:
        # As it is: what its elements mean is known once all have been seen.
        numbers = sql.SQL("::pg_catalog.int4[]" if column.element == "boolsend" else "")
        return sql.SQL("({}{})::pg_catalog.text").format(value, numbers)
    if column.send == "array_send":
        # An array of arrays would have to be even.
        return sql.SQL("({})::pg_catalog.text").format(labels_value(value))
    return text_value(value) if column.form == "text" else value


def labels_value(value: sql.Composable) -> sql.Composable:
    """Return the expression of an array of labels as text[], without those that are NULL."""
    return sql.SQL(
        "case when {0} is not null then"
        ' array(select label::pg_catalog.text collate pg_catalog."C"'
        " from pg_catalog.unnest({0}) as label where label is not null) end"
    ).format(value)


def array_value(column: Column, value: sql.Composable) -> sql.Composable:
    """Return the expression of an array of numbers as bytes."""
    return array_bytes(sql.SQL("{}::{}").format(value, float_type([column.element])))


def utf8(value: sql.Composable) -> sql.Composable:
    """Return the expression of a text as bytea, whatever the client's encoding."""
    return sql.SQL("pg_catalog.convert_to({}, 'UTF8')").format(value)


def json_text(value: sql.Composable) -> sql.Composable:
    """Return the expression of an array as JSON."""
    return sql.SQL("pg_catalog.array_to_json({})::pg_catalog.text").format(value)


def array_bytes(value: sql.Composable) -> sql.Composable:
    """Return the expression of the bytes of an array."""
    return sql.SQL("cerebro._array_bytes({})").format(value)


def canonical(form: Form, parts: Sequence[Any]) -> Values:
    """Return the canonical values of a column that has arrived in parts.

    Args:
        parts: the bytes of arrays of numbers for a float form; for all others lists with a value a
            row: str (text; labels as JSON) or bytes (bytes; an array).
    """
    if form in FLOAT_FORMS:
        return np.concatenate([array_of(part, null=np.nan) for part in parts]).astype(np.float64)
    values = list(itertools.chain.from_iterable(parts))
    if form in ("array", "ids"):
        return arrays_of(values)
    if form == "labels":
        documents = ("null" if value is None else value for value in values)
        return list(json.loads(f"[{','.join(documents)}]"))
    return values
