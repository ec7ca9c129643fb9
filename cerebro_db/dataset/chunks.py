"""Chunks: how many rows one has, which rows, and what its bytes are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cerebro_db import tensors
from cerebro_db.dataset.columns import Columns
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.model.signature import TARGETS
from cerebro_db.tensors import Tensors

# Workers read chunks of 2 to 4 MB fastest: 2.0 GB/s, of 16 MB 1.4 and of 64 MB 0.6.
_CHUNK_BYTES = 4 << 20
_MAX_CHUNK_BYTES = 64 << 20
_MIN_CHUNK_ROWS = 256
_MAX_CHUNK_ROWS = 65_536


@dataclass(frozen=True)
class Extent:
    """The staged rows that are one partition, by position; ``stop`` is the first one behind them.

    The validation rows are an extent of their own, with partition 0.
    """

    validation: bool
    partition: int
    start: int
    stop: int


@dataclass(frozen=True)
class PackedChunk:
    """Rows of one extent as one safetensors document: the inputs, and ``targets``.

    ``seq`` counts from 0 within the extent.
    """

    validation: bool
    partition: int
    seq: int
    rows: int
    payload: bytes


def extents(
    rows: int, validation_rows: int, partitions: int, sizes: Sequence[int] = ()
) -> tuple[Extent, ...]:
    """Return the validation rows, if there are any, and partitions that differ by at most one row.

    Args:
        rows: all rows; the first ``validation_rows`` of them are for validation.
        partitions: how many to make of the others.
        sizes: the rows of each, where it is known which rows belong together.
    """
    found = [Extent(True, 0, 0, validation_rows)] if validation_rows else []
    size, larger = divmod(rows - validation_rows, partitions)
    start = validation_rows
    for partition in range(partitions):
        stop = start + (sizes[partition] if sizes else size + (partition < larger))
        found.append(Extent(False, partition, start, stop))
        start = stop
    return tuple(found)


def encode_chunk(encoding: Encoding, columns: Columns) -> bytes:
    """Return the payload of a chunk: inputs and targets of canonical rows."""
    return tensors.pack(encode_rows(encoding, columns))


def chunk_rows(encoding: Encoding) -> int:
    """Return the rows of a chunk: the power of two that makes about four megabytes."""
    signature = encoding.signature
    row_bytes = 4 * math.prod(signature.output.shape)
    for item in signature.inputs:
        row_bytes += math.prod(item.shape) * (1 if item.dtype == "uint8" else 4)
    rows = 1 << round(math.log2(_CHUNK_BYTES / row_bytes)) if row_bytes < _CHUNK_BYTES else 1
    rows = max(_MIN_CHUNK_ROWS, min(rows, _MAX_CHUNK_ROWS))
    # Large images: fewer rows, for a chunk is one field and is held in memory.
    while rows > 1 and rows * row_bytes > _MAX_CHUNK_BYTES:
        rows //= 2
    return rows


def encode_rows(encoding: Encoding, columns: Columns) -> Tensors:
    """Return the tensors of a chunk: inputs, targets and weights of canonical rows."""
    targets = {TARGETS: encoding.pack_target(columns)}
    return encoding.encode(columns) | targets | encoding.encode_weights(columns)
