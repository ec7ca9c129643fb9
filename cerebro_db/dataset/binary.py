"""Decodes values that PostgreSQL's send functions wrote into the canonical form of columns."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import INTEGER_SENDS, TEXT_SENDS, Form

# Days and microseconds from 1970 to 2000, where PostgreSQL's calendar begins.
_EPOCH_DAYS = 10_957
_EPOCH_MICROSECONDS = _EPOCH_DAYS * 86_400 * 1_000_000

ToText = Callable[[bytes], str]
"""Turns bytes in the client's encoding into text."""


def decode(send: str, form: Form, payload: bytes | None, to_text: ToText, element: str) -> Any:
    """Return one value in canonical form; as floats, NULL is NaN and a real NaN is infinity.

    Args:
        send: the send function that wrote the payload.
        form: a form that a column with this function offers.
        payload: None is NULL.
        element: the send function of an array's elements.
    """
    if form in ("number", "boolean", "datetime"):
        return np.nan if payload is None else _finite_or_infinity(_FLOATS[send](payload))
    if payload is None:
        return None
    if form == "text":
        return _text(send, payload, to_text)
    if form == "array":
        return _array(_FLOATS[element], payload)
    return payload


def element_oid(payload: bytes) -> int:
    """Return the type oid of an array's elements."""
    return struct.unpack_from("!I", payload, 8)[0]


def _text(send: str, payload: bytes, to_text: ToText) -> str:
    if send in INTEGER_SENDS:
        return str(int.from_bytes(payload, "big", signed=True))
    if send == "boolsend":
        return "true" if payload == b"\x01" else "false"
    if send == "uuid_send":
        return str(uuid.UUID(bytes=payload))
    assert send in TEXT_SENDS
    text = to_text(payload.rstrip(b"\0") if send == "charsend" else payload)
    # The cast of character(n) to text drops the padding.
    return text.rstrip(" ") if send == "bpcharsend" else text


def _array(element: Callable[[bytes], float], payload: bytes) -> np.ndarray:
    dimensions = struct.unpack_from("!i", payload)[0]
    shape = struct.unpack_from("!" + "ii" * dimensions, payload, 12)[::2] or (0,)
    offset = 12 + 8 * dimensions
    values = []
    while offset < len(payload):
        (length,) = struct.unpack_from("!i", payload, offset)
        offset += 4
        if length < 0:
            values.append(np.inf)
        else:
            values.append(_finite_or_infinity(element(payload[offset : offset + length])))
            offset += length
    return np.array(values, np.float64).reshape(shape)


def _finite_or_infinity(value: float) -> float:
    return value if value == value else np.inf


def _date(payload: bytes) -> float:
    (days,) = struct.unpack("!i", payload)
    if days in (-(2**31), 2**31 - 1):
        return np.inf
    return (days + _EPOCH_DAYS) * 86_400.0


def _timestamp(payload: bytes) -> float:
    (microseconds,) = struct.unpack("!q", payload)
    if microseconds in (-(2**63), 2**63 - 1):
        return np.inf
    # Rounded before it is divided, as the server's date_part() does.
    return float(microseconds + _EPOCH_MICROSECONDS) / 1e6


def _numeric(payload: bytes) -> float:
    """Decode base-10,000 digits behind a header: their number, weight, sign and display scale."""
    count, weight, sign, _ = struct.unpack_from("!hhHH", payload)
    if sign >= 0xC000:
        return np.inf
    digits = "".join(f"{digit:04d}" for digit in struct.unpack_from(f"!{count}H", payload, 8))
    value = float(f"{digits or '0'}e{4 * (weight - count + 1)}")
    return -value if sign == 0x4000 else value


def _unpacker(form: str) -> Callable[[bytes], float]:
    unpack = struct.Struct("!" + form).unpack
    return lambda payload: float(unpack(payload)[0])


_FLOATS: dict[str, Callable[[bytes], float]] = {
    "int2send": _unpacker("h"),
    "int4send": _unpacker("i"),
    "int8send": _unpacker("q"),
    "float4send": _unpacker("f"),
    "float8send": _unpacker("d"),
    "numeric_send": _numeric,
    "boolsend": _unpacker("?"),
    "date_send": _date,
    "timestamp_send": _timestamp,
    "timestamptz_send": _timestamp,
}
