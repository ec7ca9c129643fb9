"""Canonical values of what JSON holds, converted as the type that a column had in training would.

Python reads what is usual; what else the server's own types know as dates and times, the server is
asked for. It is asked for types of its own only: one of a user's may run what that user wrote.
"""

from __future__ import annotations

import json
import math
import re
import struct
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Form
from cerebro_db.session import Session

Convert = Callable[[Any], Any]
"""Makes the canonical value of one that is not null; raises one of ``WRONG`` where it cannot."""

WRONG = (ArithmeticError, TypeError, ValueError, struct.error)

# What to write, by the form in which a column is encoded.
DUE: dict[Form, str] = {
    "number": "a number",
    "boolean": "true or false",
    "datetime": 'a date or a time as text, such as "2026-11-30T08:00:00Z"',
    "text": "a text, a number or a boolean",
    "array": "an array of numbers",
    "ids": "an array of whole numbers",
    "bytes": r'bytes as text in hexadecimal digits, such as "\\x00ff"',
}


def converter(session: Session, form: Form, type_: str) -> Convert:
    """Return what converts values of a column.

    Args:
        session: the caller's, for what only the server can read.
        form: how the column is encoded.
        type_: its type in training, as ``format_type()`` writes it.
    """
    match form:
        case "number":
            return _measure(session, type_) or _number(type_)
        case "boolean":
            return _boolean
        case "datetime":
            return _datetime(session, type_)
        case "array" | "ids":
            return _array(_number(type_.removesuffix("[]")))
        case "bytes":
            return _bytes
    return _text(type_)


# From minus so many to one below it.
_WHOLE = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
_NUMERIC = re.compile(r"numeric\((\d+),(-?\d+)\)")
_SINGLE = struct.Struct("!f")
_IN_TEXT = re.compile(r"\s*([+-]?)(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)
_NOT_FINITE = re.compile(r"\s*(nan|[+-]?inf(inity)?)\s*", re.IGNORECASE)
# More digits than numeric has.
_DIGITS = Context(prec=200_000)


def _number(type_: str) -> Convert:
    if type_ in _WHOLE:
        return _whole(_WHOLE[type_])
    if type_ == "real":
        return lambda value: _SINGLE.unpack(_SINGLE.pack(float(_read(value))))[0]
    if match := _NUMERIC.fullmatch(type_):
        return _rounded(int(match[1]), int(match[2]))
    return lambda value: float(_read(value))


# Of types that are read as numbers, by the first word of their names.
_MEASURES = {
    "money": "$1::pg_catalog.text::pg_catalog.money::pg_catalog.numeric::pg_catalog.float8",
    **{
        name: f"pg_catalog.date_part('epoch', $1::pg_catalog.text::pg_catalog.{own})"
        for name, own in (
            ("interval", "interval"),
            ("time with time zone", "timetz"),
            ("time without time zone", "time"),
        )
    },
}
_PRECISION = re.compile(r"\(\d+\)")


def _measure(session: Session, type_: str) -> Convert | None:
    """Return what converts an amount or seconds: a number as it is, a text as the server does."""
    read = _MEASURES.get(_PRECISION.sub("", type_))
    if read is None:
        return None
    statement = f"select {read} as number"

    def convert(value: Any) -> float:
        if type(value) is not str:
            return float(_read(value))
        return _asked(session, statement, value)

    return convert


def _asked(session: Session, statement: str, value: str) -> float:
    """Return the number that the server makes of a text; raise ValueError where it cannot."""
    try:
        return float(next(iter(session.fetch(statement, value)[0].values())))
    except Exception as error:
        # The data exceptions of the server.
        if str(getattr(error, "sqlstate", "")).startswith("22"):
            raise ValueError from error
        raise


def _read(value: Any) -> int | float:
    """Return a number, also one that a text holds; infinity for NaN, which nothing accepts."""
    kind = type(value)
    if kind is float or kind is int:
        return value
    if kind is not str:
        raise TypeError
    if _NOT_FINITE.fullmatch(value):
        return math.inf
    match = _IN_TEXT.fullmatch(value)
    if match is None:
        raise ValueError
    return float(value) if match[3] or "." in match[2] else int(value)


def _whole(most: int) -> Convert:
    def convert(value: Any) -> float:
        number = _read(value)
        if not -most <= number < most or number != int(number):
            raise ValueError
        return float(number)

    return convert


def _rounded(precision: int, scale: int) -> Convert:
    last, most = Decimal(1).scaleb(-scale), Decimal(10) ** (precision - scale)

    def convert(value: Any) -> float:
        number = _read(value)
        if math.isinf(number):
            return math.inf
        rounded = Decimal(repr(number)).quantize(last, ROUND_HALF_UP, _DIGITS)
        if not abs(rounded) < most:
            raise ValueError
        return float(rounded)

    return convert


# Beginnings of these words are enough for the server, where they tell the two apart.
_TRUE = {"t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"}
_FALSE = {"f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"}


def _boolean(value: Any) -> float:
    if value is True or value is False:
        return float(value)
    word = str(value).strip().lower() if type(value) in (int, str) else ""
    if word in _TRUE:
        return 1.0
    if word in _FALSE:
        return 0.0
    raise ValueError


_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_DAY_ONE = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# On the user's search path, so with every name in full. Old servers take the epoch of infinity for
# 0.
_SECONDS = """
select
    case
        when pg_catalog.isfinite(value) is false then 'Infinity'
        else pg_catalog.date_part('epoch', value)
    end as seconds
from (select $1::pg_catalog.text::pg_catalog.{} as value) as own
"""
_ASKED = {"date": "date", "timestamp with time zone": "timestamptz"}


def _datetime(session: Session, type_: str) -> Convert:
    # Of another one, a domain, it is not known what it is over.
    statement = _SECONDS.format(_ASKED.get(type_, "timestamp"))

    def convert(value: Any) -> float:
        if type(value) is not str:
            raise TypeError
        match = _ISO.fullmatch(value)
        if match is not None:
            try:
                seconds = _seconds(value, type_, match)
            except ValueError:
                seconds = None
            if seconds is not None:
                return seconds
        return _asked(session, statement, value)

    return convert


def _seconds(text: str, type_: str, match: re.Match[str]) -> float | None:
    """Return the seconds since 1970 of a time in ISO's form; None where that is not enough."""
    if type_ == "date":
        return (date.fromisoformat(match[1]) - _DAY_ONE).days * 86_400.0
    found = datetime.fromisoformat(text)
    if type_ == "timestamp without time zone":
        # The server passes over a zone here.
        found = found.replace(tzinfo=UTC)
    elif type_ != "timestamp with time zone" or found.tzinfo is None:
        return None
    # Rounded before it is divided, as the server's date_part() does.
    return float((found - _EPOCH) // _MICROSECOND) / 1e6


def _array(element: Convert) -> Convert:
    def convert(value: Any) -> np.ndarray:
        if type(value) is not list:
            raise TypeError
        # Of lists that differ in length numpy makes no array.
        items = np.array(value, object)
        numbers = [math.inf if item is None else element(item) for item in items.ravel().tolist()]
        return np.array(numbers, np.float64).reshape(items.shape)

    return convert


def _bytes(value: Any) -> bytes:
    if type(value) is not str or not value.startswith("\\x"):
        raise ValueError
    return bytes.fromhex(value[2:])


def _text(type_: str) -> Convert:
    if type_ in _WHOLE:
        whole = _whole(_WHOLE[type_])

        def convert(value: Any) -> str:
            whole(value)
            return str(int(_read(value)))

        return convert
    if type_ == "boolean":
        return lambda value: "true" if _boolean(value) else "false"
    if type_ in ("json", "jsonb"):
        return json.dumps
    if type_ == "uuid":
        return lambda value: str(uuid.UUID(_plain(value)))
    if type_.startswith("character("):
        # The cast of character(n) to text drops the padding.
        return lambda value: _plain(value).rstrip(" ")
    return _plain


def _plain(value: Any) -> str:
    """Return a value as the server makes a text of it."""
    if type(value) is str:
        return value
    if isinstance(value, dict | list):
        raise TypeError
    return json.dumps(value)
