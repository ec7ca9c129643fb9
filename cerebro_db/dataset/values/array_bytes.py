"""Arrays of numbers as the server keeps them, which is how they leave it: ``cerebro._array_bytes``.

A header of int32 (dimensions, offset of the values if there are NULLs, type of the elements), the
lengths and the lower bounds of the dimensions, if need be a bitmap of the elements that are not
NULL, and the values of these: numbers in the machine's own order.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

import numpy as np

from cerebro_db.dataset.columns import Values

_HEADER = struct.Struct("=iiI")
# By pg_type.oid: real and double precision.
_DTYPES: dict[int, np.dtype] = {700: np.dtype(np.float32), 701: np.dtype(np.float64)}
# The offset counts from the length of the whole, which is not among the bytes.
_LENGTH = 4


def array_of(payload: bytes, *, null: float) -> np.ndarray:
    """Return an array with its own shape and type; NaN is infinity, and NULL is ``null``."""
    dimensions, offset, element = _HEADER.unpack_from(payload)
    shape = _shape(payload, dimensions)
    dtype = _DTYPES[element]
    if not offset:
        return nan_as_infinity(
            np.frombuffer(payload, dtype, offset=header_bytes(dimensions))
        ).reshape(shape)
    size = math.prod(shape)
    bitmap = np.frombuffer(payload, np.uint8, (size + 7) // 8, header_bytes(dimensions))
    values = np.full(size, null, dtype)
    values[np.unpackbits(bitmap, count=size, bitorder="little").view(bool)] = nan_as_infinity(
        np.frombuffer(payload, dtype, offset=offset - _LENGTH)
    )
    return values.reshape(shape)


def arrays_of(payloads: Sequence[bytes | None]) -> Values:
    """Return the canonical values of arrays, as float64: NULL and NaN in them are infinity."""
    present = [payload for payload in payloads if payload is not None]
    stacked = _equal_arrays(present) if present else None
    if stacked is not None and len(present) == len(payloads):
        return stacked
    found = iter(
        (array_of(payload, null=np.inf).astype(np.float64) for payload in present)
        if stacked is None
        else stacked
    )
    return [None if payload is None else next(found) for payload in payloads]


def header_bytes(dimensions: int) -> int:
    """Return the bytes before the bitmap, or before the values where there is none."""
    return _HEADER.size + 8 * dimensions


def nan_as_infinity(values: np.ndarray) -> np.ndarray:
    """Return values with infinity for NaN, since NaN is to be NULL."""
    nan = np.isnan(values)
    return np.where(nan, values.dtype.type(np.inf), values) if nan.any() else values


def _equal_arrays(payloads: Sequence[bytes]) -> np.ndarray | None:
    """Return arrays of one shape and without NULL as one (arrays, ...); None if they are not so."""
    first = payloads[0]
    dimensions, offset, element = _HEADER.unpack_from(first)
    if offset or len(set(map(len, payloads))) > 1:
        return None
    header = header_bytes(dimensions)
    rows = np.frombuffer(b"".join(payloads), np.uint8).reshape(len(payloads), -1)
    if (rows[:, :header] != rows[0, :header]).any():
        return None
    values = rows[:, header:].copy().view(_DTYPES[element]).astype(np.float64)
    return nan_as_infinity(values).reshape(len(payloads), *_shape(first, dimensions))


def _shape(payload: bytes, dimensions: int) -> tuple[int, ...]:
    """Return the lengths of the dimensions; an empty array has none."""
    return struct.unpack_from(f"={dimensions}i", payload, _HEADER.size) or (0,)
