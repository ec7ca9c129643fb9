"""SQL expressions that stage a column and read it back, and what makes canonical values of them.

All floats of a row are packed once, when it is staged, so that each later reading only joins bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from psycopg import sql

from cerebro_db.dataset.columns import FLOAT_FORMS, INTEGER_SENDS, Column, Form, Values

# Stands for NULL in packed floats: no value anyone stores, and cheaper to tell apart than a bitmap.
_NULL = -1.6180339887498949e308
_ELEMENT = np.dtype([("length", ">i4"), ("value", ">f8")])


def packed_floats(columns: Sequence[tuple[Column, sql.Composable]]) -> sql.Composable:
    """Return one bytea expression that holds the columns, all of a float form, as float64."""
    items = [
        sql.SQL("coalesce({}, {})").format(_float(column, value), sql.Literal(_NULL))
        for column, value in columns
    ]
    return sql.SQL("array_send(array[{}]::float8[])").format(sql.SQL(", ").join(items))


def unpacked_floats(payload: bytes, width: int) -> np.ndarray:
    """Return the packed floats of consecutive rows as a float64 array (width, rows)."""
    header = array_header(1)
    row = np.dtype([("header", f"V{header}"), ("items", _ELEMENT, (width,))])
    values = np.frombuffer(payload, row)["items"]["value"].T.astype(np.float64, order="C")
    return _nulls_as_nan(values)


def aggregates(column: Column, form: Form, value: sql.Composable) -> list[sql.Composable]:
    """Return the aggregates that read a staged column that is not packed, for ``canonical``."""
    match form:
        case "text":
            return [sql.SQL("array_agg({})").format(text_value(column, value))]
        case "labels":
            return [_labels(value)]
    return binary_aggregates(column, form, value)


def binary_aggregates(column: Column, form: Form, value: sql.Composable) -> list[sql.Composable]:
    """Return the same for ``binary_canonical``: bytea and bytea[] only, text in UTF-8."""
    match form:
        case "text":
            text = text_value(column, value)
            return [sql.SQL("array_agg(convert_to({}, 'UTF8'))").format(text)]
        case "labels":
            return [sql.SQL("convert_to({}::text, 'UTF8')").format(_labels(value))]
        case "bytes":
            return [sql.SQL("array_agg({}::bytea)").format(value)]
        case "array":
            null = "case when {} is null then '\\x01' else '\\x00' end::bytea"
            return [
                sql.SQL("string_agg(array_send({}::float8[]), ''::bytea)").format(value),
                sql.SQL(f"string_agg({null}, ''::bytea)").format(value),
            ]
    item = sql.SQL("coalesce({}, {})").format(_float(column, value), sql.Literal(_NULL))
    return [sql.SQL("string_agg(float8send({}), ''::bytea)").format(item)]


def results_of(form: Form) -> int:
    """Return how many aggregates read one column."""
    return 2 if form == "array" else 1


def canonical(form: Form, results: Sequence[Any]) -> Values:
    """Return the canonical values of what the aggregates of one column gave."""
    if form in FLOAT_FORMS:
        return _nulls_as_nan(np.frombuffer(results[0], ">f8").astype(np.float64))
    if form == "array":
        return _arrays(results[0] or b"", np.frombuffer(results[1], np.uint8) == 1)
    return list(results[0])


def binary_canonical(form: Form, results: Sequence[Any]) -> Values:
    """Return the same of what the binary aggregates gave."""
    match form:
        case "text":
            return [None if value is None else value.decode() for value in results[0]]
        case "labels":
            return json.loads(results[0])
    return canonical(form, results)


def text_value(column: Column, value: sql.Composable) -> sql.Composable:
    """Return the expression of a staged column as text: a category or a class label."""
    if column.form == "number" and column.send not in INTEGER_SENDS:
        # One spelling for each number: 1.0 and 1.00 are one class.
        return sql.SQL("{}::float8::text").format(value)
    return sql.SQL("{}::text").format(value)


def array_header(dimensions: int) -> int:
    """Return the bytes before the first element of an array in binary."""
    return 12 + 8 * dimensions


def _labels(value: sql.Composable) -> sql.Composable:
    labels = "array(select label::text from unnest({0}) as label where label is not null)"
    item = sql.SQL("case when {0} is not null then " + labels + " end").format(value)
    return sql.SQL("json_agg({})").format(item)


def _float(column: Column, value: sql.Composable) -> sql.Composable:
    if column.send == "boolsend":
        return sql.SQL("{}::int::float8").format(value)
    if column.form == "datetime":
        # Old servers take the epoch of infinity for 0.
        return sql.SQL(
            "case when isfinite({0}) is false then 'Infinity' else date_part('epoch', {0}) end"
        ).format(value)
    return sql.SQL("{}::float8").format(value)


def _nulls_as_nan(values: np.ndarray) -> np.ndarray:
    null = values == _NULL
    _finite_or_infinity(values)[null] = np.nan
    return values


def _arrays(payload: bytes, null: np.ndarray) -> list[np.ndarray | None]:
    present = int((~null).sum())
    found = _equal_arrays(payload, present) if present else []
    arrays = iter(_sequential_arrays(payload) if found is None else found)
    return [None if missing else next(arrays) for missing in null]


def _equal_arrays(payload: bytes, count: int) -> list[np.ndarray] | None:
    """Return arrays of one shape and without NULL elements at once; None if they are not so."""
    dimensions = int.from_bytes(payload[:4], "big")
    header = array_header(dimensions)
    shape = _shape(payload[12:header])
    row = np.dtype([("header", "u1", (header,)), ("items", _ELEMENT, (math.prod(shape),))])
    if len(payload) != count * row.itemsize:
        return None
    rows = np.frombuffer(payload, row)
    items = rows["items"]
    if (rows["header"] != rows["header"][0]).any() or (items["length"] != 8).any():
        return None
    return list(_finite_or_infinity(items["value"].astype(np.float64)).reshape(count, *shape))


def _sequential_arrays(payload: bytes) -> list[np.ndarray]:
    arrays, offset = [], 0
    while offset < len(payload):
        dimensions = int.from_bytes(payload[offset : offset + 4], "big")
        header = array_header(dimensions)
        shape = _shape(payload[offset + 12 : offset + header])
        offset += header
        values = np.empty(math.prod(shape))
        for index in range(len(values)):
            # NULL has length -1 and no bytes.
            if payload[offset] == 0xFF:
                values[index] = np.nan
                offset += 4
            else:
                values[index] = np.frombuffer(payload, ">f8", 1, offset + 4)[0]
                offset += 12
        arrays.append(_finite_or_infinity(values).reshape(shape))
    return arrays


def _shape(dimensions: bytes) -> tuple[int, ...]:
    """Return the shape in an array's header: pairs of length and lower bound; none if empty."""
    return tuple(int(n) for n in np.frombuffer(dimensions, ">i4")[::2]) or (0,)


def _finite_or_infinity(values: np.ndarray) -> np.ndarray:
    values[np.isnan(values)] = np.inf
    return values
