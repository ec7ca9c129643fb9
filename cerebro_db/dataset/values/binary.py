"""Decodes what PostgreSQL's send functions wrote: records, arrays, and values into the canonical
form of columns.

Whoever may predict can hand over bytes that no send function wrote, and psycopg's own decoders read
on behind the end of such. These raise an error of Python's instead.
"""

from __future__ import annotations

import math
import struct
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import FLOAT_FORMS, INTEGER_SENDS, Form
from cerebro_db.words import counted

# Days and microseconds from 1970 to 2000, where PostgreSQL's calendar begins.
_EPOCH_DAYS = 10_957
_EPOCH_MICROSECONDS = _EPOCH_DAYS * 86_400 * 1_000_000

# The server's own bound.
_MOST_DIMENSIONS = 6

# What reading bytes raises that no send function wrote.
UNREADABLE = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError, struct.error)


def decoder(send: str, form: Form, send_of: Callable[[int], str]) -> Callable[[bytes | None], Any]:
    """Return what makes the canonical value of one binary value, of which None is NULL.

    Args:
        send: the send function that writes the values; text in UTF8.
        form: a form that a column with this function offers.
        send_of: tells the send function of an array's elements by their type oid.
    """
    if form in FLOAT_FORMS:
        to_float = _FLOATS[send]
        return lambda value: math.nan if value is None else to_float(value)
    if form == "text":
        return lambda value: None if value is None else _text(send, value)
    if form in ("array", "ids"):
        return lambda value: None if value is None else _array(value, send_of)
    return lambda value: value


def record_fields(record: bytes) -> tuple[tuple[int, ...], tuple[bytes | None, ...]]:
    """Return the type oids and the values of a record's columns; a NULL is None."""
    (count,) = _COUNT.unpack_from(record)
    oids: list[int] = []
    values: list[bytes | None] = []
    offset = 4
    for _ in range(count):
        oid, length = _FIELD.unpack_from(record, offset)
        offset += 8
        oids.append(oid)
        if length < 0:
            values.append(None)
        else:
            values.append(record[offset : offset + length])
            offset += length
    return tuple(oids), tuple(values)


def array_items(payload: bytes) -> tuple[int, tuple[int, ...], list[bytes | None]]:
    """Return the type oid of an array's elements, its shape, and the elements; a NULL is None."""
    dimensions, _, oid = struct.unpack_from("!iiI", payload)
    if not 0 <= dimensions <= _MOST_DIMENSIONS:
        raise ValueError(f"an array of {counted(dimensions, 'dimension')}")
    shape = struct.unpack_from("!" + "ii" * dimensions, payload, 12)[::2] or (0,)
    offset = 12 + 8 * dimensions
    items: list[bytes | None] = []
    while offset < len(payload):
        (length,) = _COUNT.unpack_from(payload, offset)
        offset += 4
        if length < 0:
            items.append(None)
        else:
            items.append(payload[offset : offset + length])
            offset += length
    return oid, shape, items


_COUNT = struct.Struct("!i")
_FIELD = struct.Struct("!Ii")


def _text(send: str, payload: bytes) -> str:
    if send in INTEGER_SENDS:
        return str(int.from_bytes(payload, "big", signed=True))
    if send == "boolsend":
        return "true" if payload == b"\x01" else "false"
    if send == "uuid_send":
        return str(uuid.UUID(bytes=payload))
    if send == "jsonb_send":
        # Its version stands before.
        payload = payload[1:]
    text = (payload.rstrip(b"\0") if send == "charsend" else payload).decode()
    # The cast of character(n) to text drops the padding.
    return text.rstrip(" ") if send == "bpcharsend" else text


def _array(payload: bytes, send_of: Callable[[int], str]) -> np.ndarray:
    oid, shape, items = array_items(payload)
    to_float = _FLOATS[send_of(oid)]
    values = [math.inf if item is None else to_float(item) for item in items]
    return np.array(values, np.float64).reshape(shape)


def _date(payload: bytes) -> float:
    (days,) = struct.unpack("!i", payload)
    if days in (-(2**31), 2**31 - 1):
        return math.inf
    return (days + _EPOCH_DAYS) * 86_400.0


def _timestamp(payload: bytes) -> float:
    (microseconds,) = struct.unpack("!q", payload)
    if microseconds in (-(2**63), 2**63 - 1):
        return math.inf
    # Rounded before it is divided, as the server's date_part() does.
    return float(microseconds + _EPOCH_MICROSECONDS) / 1e6


def _numeric(payload: bytes) -> float:
    """Decode base-10,000 digits behind a header: their number, weight, sign and display scale."""
    count, weight, sign, _ = struct.unpack_from("!hhHH", payload)
    if sign >= 0xC000:
        return math.inf
    digits = "".join(f"{digit:04d}" for digit in struct.unpack_from(f"!{count}H", payload, 8))
    value = float(f"{digits or '0'}e{4 * (weight - count + 1)}")
    return -value if sign == 0x4000 else value


def _interval(payload: bytes) -> float:
    """Decode microseconds, days and months; a year has 365.25 days, and a month 30."""
    microseconds, days, months = struct.unpack("!qii", payload)
    years, rest = divmod(abs(months), 12)
    sign = -1.0 if months < 0 else 1.0
    # In the order in which the server's date_part() adds them.
    seconds = microseconds / 1e6 + sign * 365.25 * 86_400.0 * years
    return seconds + sign * 30.0 * 86_400.0 * rest + 86_400.0 * days


def _time(payload: bytes) -> float:
    """Decode microseconds since midnight, and perhaps the zone's seconds west of Greenwich."""
    seconds = struct.unpack_from("!q", payload)[0] / 1e6
    return float(seconds + struct.unpack_from("!i", payload, 8)[0] if len(payload) > 8 else seconds)


def _integer(payload: bytes) -> float:
    return float(int.from_bytes(payload, "big", signed=True))


def _float(payload: bytes) -> float:
    (value,) = (_SINGLE if len(payload) == 4 else _DOUBLE).unpack(payload)
    return value if value == value else math.inf


_SINGLE = struct.Struct("!f")
_DOUBLE = struct.Struct("!d")

_FLOATS: dict[str, Callable[[bytes], float]] = {
    "int2send": _integer,
    "int4send": _integer,
    "int8send": _integer,
    "float4send": _float,
    "float8send": _float,
    "numeric_send": _numeric,
    "boolsend": _integer,
    "date_send": _date,
    "timestamp_send": _timestamp,
    "timestamptz_send": _timestamp,
    "interval_send": _interval,
    "time_send": _time,
    "timetz_send": _time,
    # In the smallest unit, of which only the session knows how many are one.
    "cash_send": _integer,
}
