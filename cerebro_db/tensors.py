"""Named arrays as bytes and back: the format of chunks and of states.

The format is safetensors: raw little-endian tensors behind a JSON manifest, so that nothing stored
is ever unpickled. Equal arrays give equal bytes; each byte is copied once on the way out and not at
all on the way in. What lies long has a hash of its bytes among its notes, and is checked by it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from textwrap import shorten
from typing import Any

import numpy as np

from cerebro_db.errors import DataError
from cerebro_db.words import counted

Tensors = dict[str, np.ndarray]

# What reading bytes raises that are none of a document.
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

# The manifest's length stands before it.
_LENGTH_BYTES = 8

# Far more than the names of any tensors, and less than a document that lies about it can harm with.
_MAX_MANIFEST = 16 * 2**20

# Where a manifest keeps what is no tensor.
_NOTES = "__metadata__"

# The note with the hash of the bytes of all tensors.
_HASH = "sha256"

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


def pack(
    tensors: Mapping[str, np.ndarray],
    notes: Mapping[str, str] | None = None,
    *,
    hashed: bool = False,
) -> bytes:
    """Return the arrays as one safetensors document, with notes on them in its manifest.

    Args:
        tensors: the arrays by name.
        notes: texts by name.
        hashed: whether to note a hash of the arrays' bytes, for ``unpack`` to check.
    """
    arrays = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    arrays = {name: arrays[name] for name in in_order({n: a.dtype for n, a in arrays.items()})}
    noted = dict(notes or {})
    if hashed:
        noted[_HASH] = _hash(*(array.reshape(-1).view(np.uint8) for array in arrays.values()))
    manifest: dict[str, Any] = {_NOTES: noted} if noted else {}
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
    order of their bytes, which end the document without gaps.

    Raises:
        DataError: the bytes are not a safetensors document, or not those that it has a hash of.
    """
    with _refusing():
        return _views(payload)


def notes_of(payload: bytes) -> dict[str, str]:
    """Return the notes in the manifest of a document.

    Raises:
        DataError: the bytes are not a safetensors document.
    """
    with _refusing():
        return _notes(_manifest(payload)[0])


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        found = str(error) if isinstance(error, ValueError) else repr(error)
        raise DataError(
            "stored tensors are damaged",
            detail=f"They cannot be read: {shorten(found, 200)}.",
            hint="Restore them from a backup, or make anew what they belong to.",
        ) from error


def _views(payload: bytes) -> Tensors:
    manifest, begin = _manifest(payload)
    places = {name: entry for name, entry in manifest.items() if name != _NOTES}
    arrays, place = {}, 0
    for name in sorted(places, key=lambda name: tuple(places[name]["data_offsets"])):
        arrays[name] = _view(payload, begin, place, **places[name])
        place += arrays[name].nbytes
    if begin + place != len(payload):
        raise ValueError("the tensors do not fill the document")
    stated = _notes(manifest).get(_HASH)
    if stated is not None and stated != _hash(memoryview(payload)[begin:]):
        raise ValueError("the bytes of the tensors do not have the hash that was noted of them")
    return arrays


def _view(
    payload: bytes, begin: int, place: int, dtype: str, shape: list[int], data_offsets: list[int]
) -> np.ndarray:
    element, count = _DTYPES[dtype], math.prod(shape)
    whole = all(type(length) is int and length >= 0 for length in shape)
    if not whole or data_offsets != [place, place + count * element.itemsize]:
        raise ValueError(f"{shape} of {dtype} at {data_offsets}, where {place} is next")
    if not count:
        return np.empty(shape, element)
    return np.frombuffer(payload, element, count, begin + place).reshape(shape)


def _notes(manifest: dict[str, Any]) -> dict[str, str]:
    notes: dict[str, str] = manifest.get(_NOTES, {})
    if not all(isinstance(text, str) for text in notes.values()):
        raise ValueError("the notes are no texts")
    return notes


def _hash(*buffers: Any) -> str:
    digest = sha256()
    for buffer in buffers:
        digest.update(buffer)
    return digest.hexdigest()


def _manifest(payload: bytes) -> tuple[dict[str, Any], int]:
    """Return the manifest, and where the first tensor begins."""
    length = int.from_bytes(payload[:_LENGTH_BYTES], "little")
    end = _LENGTH_BYTES + length
    if length > _MAX_MANIFEST or end > len(payload):
        raise ValueError(
            f"a manifest of {length:,} in a document of {counted(len(payload), 'byte')}"
        )
    return json.loads(payload[_LENGTH_BYTES:end]), end
