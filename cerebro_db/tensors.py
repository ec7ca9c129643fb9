"""Named arrays as bytes and back: the format of chunks and of states.

The format is safetensors: raw little-endian tensors behind a JSON manifest, so that nothing stored
is ever unpickled. Equal arrays give equal bytes; each byte is copied once on the way out and not at
all on the way in.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from cerebro_db.errors import DataError

Tensors = dict[str, np.ndarray]

# The manifest's length stands before it.
_LENGTH_BYTES = 8

# Where a manifest keeps what is no tensor.
_NOTES = "__metadata__"

# Tensors stand in the order of their types, last of these first, and of their names: all are then
# aligned, and the bytes are those of the reference implementation.
_DTYPES = {
    "BOOL": np.dtype("?"),
    "U8": np.dtype("u1"),
    "I8": np.dtype("i1"),
    "I16": np.dtype("<i2"),
    "U16": np.dtype("<u2"),
    "F16": np.dtype("<f2"),
    "I32": np.dtype("<i4"),
    "U32": np.dtype("<u4"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "I64": np.dtype("<i8"),
    "U64": np.dtype("<u8"),
}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}
_RANKS = {dtype: -rank for rank, dtype in enumerate(_DTYPES.values())}


def pack(tensors: Mapping[str, np.ndarray], notes: Mapping[str, str] | None = None) -> bytes:
    """Return the arrays as one safetensors document, with notes on them in its manifest."""
    arrays = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    arrays = {name: arrays[name] for name in in_order({n: a.dtype for n, a in arrays.items()})}
    manifest: dict[str, Any] = {_NOTES: dict(notes)} if notes else {}
    start = 0
    for name, array in arrays.items():
        stop = start + array.nbytes
        manifest[name] = {
            "dtype": _CODES[array.dtype],
            "shape": array.shape,
            "data_offsets": (start, stop),
        }
        start = stop
    header = json.dumps(manifest, ensure_ascii=False, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    buffers: list[Any] = list(arrays.values())
    return b"".join([len(header).to_bytes(_LENGTH_BYTES, "little"), header, *buffers])


def in_order(dtypes: Mapping[str, np.dtype]) -> list[str]:
    """Return the names of arrays in the order in which ``pack`` places them."""
    return sorted(dtypes, key=lambda name: (_RANKS[dtypes[name]], name))


def unpack(payload: bytes) -> Tensors:
    """Return the arrays of a safetensors document: views of it that cannot be written to, in the
    order of their bytes.

    Raises:
        DataError: the bytes are not a safetensors document.
    """
    try:
        return _views(payload)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise DataError("stored tensors are damaged", detail=f"{error!r}") from error


def notes_of(payload: bytes) -> dict[str, str]:
    """Return the notes in a document that ``unpack`` takes."""
    notes: dict[str, str] = _manifest(payload)[0].get(_NOTES, {})
    return notes


def _views(payload: bytes) -> Tensors:
    manifest, begin = _manifest(payload)
    places = {name: entry for name, entry in manifest.items() if name != _NOTES}
    arrays, place = {}, 0
    for name in sorted(places, key=lambda name: tuple(places[name]["data_offsets"])):
        arrays[name] = _view(payload, begin, place, **places[name])
        place += arrays[name].nbytes
    if begin + place != len(payload):
        raise ValueError("the tensors do not fill the document")
    return arrays


def _view(
    payload: bytes, begin: int, place: int, dtype: str, shape: list[int], data_offsets: list[int]
) -> np.ndarray:
    element, count = _DTYPES[dtype], math.prod(shape)
    if min(shape, default=0) < 0 or data_offsets != [place, place + count * element.itemsize]:
        raise ValueError(f"{shape} of {dtype} at {data_offsets}, where {place} is next")
    if not count:
        return np.empty(shape, element)
    return np.frombuffer(payload, element, count, begin + place).reshape(shape)


def _manifest(payload: bytes) -> tuple[dict[str, Any], int]:
    """Return the manifest, and where the first tensor begins."""
    end = _LENGTH_BYTES + int.from_bytes(payload[:_LENGTH_BYTES], "little")
    if end > len(payload):
        raise ValueError("the manifest ends behind the document")
    return json.loads(payload[_LENGTH_BYTES:end]), end
