"""Makes a dataset of a source: stage, fit, then write packed chunks, one at a time.

Everything is validated before the first chunk is written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cerebro_db import tensors
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.fit import fit_features
from cerebro_db.dataset.outputs import learn_output
from cerebro_db.dataset.request import Request, no_features, plan_request
from cerebro_db.dataset.staging import Staged, stage
from cerebro_db.errors import DataError
from cerebro_db.session import Session
from cerebro_db.training import TARGETS

_CHUNK_BYTES = 4 << 20
_MAX_CHUNK_BYTES = 64 << 20
_MIN_CHUNK_ROWS = 256
_MAX_CHUNK_ROWS = 65_536
# Fewer rows than this in a partition are not worth a hop.
_MIN_PARTITION_ROWS = 64


@dataclass(frozen=True)
class Chunk:
    """Rows of one partition as one safetensors document: the inputs, and ``targets``.

    Validation chunks have partition 0. ``seq`` counts from 0 within a partition.
    """

    validation: bool
    partition: int
    seq: int
    rows: int
    payload: bytes


@dataclass(frozen=True)
class Prepared:
    """What was made: training, validation and excluded rows (NULL label), bytes of all chunks."""

    encoding: Encoding
    rows: int
    validation_rows: int
    excluded_rows: int
    partitions: int
    bytes: int
    notes: tuple[str, ...]


def prepare(
    session: Session,
    request: Request,
    *,
    default_partitions: int,
    write: Callable[[Chunk], None],
) -> Prepared:
    """Stage the source in the session, fit its encoding, and hand each chunk to ``write``.

    Raises:
        CerebroError: of every kind that the arguments or the rows give reason for.
    """
    plan, overrides, skipped = plan_request(session, request)
    with stage(session, plan) as staged:
        training = staged.rows - staged.validation_rows
        _require_rows(staged)
        partitions = _partitions(request.partitions, default_partitions, training)
        output, why = learn_output(staged, request.task)
        features, dropped = fit_features(staged, overrides)
        if not features:
            raise no_features([*dropped, *skipped])
        encoding = Encoding(tuple(features), (*dropped, *skipped), output)
        staged.label_form = encoding.label_form
        written = 0
        for chunk in _chunks(staged, encoding, partitions):
            write(chunk)
            written += len(chunk.payload)
        return Prepared(
            encoding=encoding,
            rows=training,
            validation_rows=staged.validation_rows,
            excluded_rows=staged.excluded_rows,
            partitions=partitions,
            bytes=written,
            notes=_notes(encoding, why, staged, partitions, default_partitions, request),
        )


def _require_rows(staged: Staged) -> None:
    if staged.rows == 0:
        excluded = staged.excluded_rows
        raise DataError(
            "the source is empty",
            detail=f"It has {excluded} rows, all with a NULL label."
            if excluded
            else "It has no rows.",
            hint="Name a source with labelled rows.",
        )
    if staged.rows == staged.validation_rows:
        raise DataError(
            "validation leaves no rows for training",
            detail=f"All {staged.rows} rows are validation rows.",
            hint="Hold out fewer rows.",
        )


def _partitions(stated: int | None, default: int, rows: int) -> int:
    if stated is None:
        return max(1, min(default, rows // _MIN_PARTITION_ROWS))
    if rows < stated:
        raise DataError(
            "there are fewer training rows than partitions",
            detail=f"{rows} training rows, {stated} partitions.",
            hint=f"Use at most {rows} partitions, or leave partitions out.",
        )
    return stated


def _chunks(staged: Staged, encoding: Encoding, partitions: int) -> Iterator[Chunk]:
    step = chunk_rows(encoding)
    held_out = staged.validation_rows
    size, larger = divmod(staged.rows - held_out, partitions)
    ranges = [(True, 0, 0, held_out)]
    start = held_out
    for partition in range(partitions):
        stop = start + size + (partition < larger)
        ranges.append((False, partition, start, stop))
        start = stop
    for validation, partition, start, stop in ranges:
        for seq, (first, last) in enumerate(staged.batches(start, stop, step)):
            columns = staged.read(first, last)
            arrays = encoding.encode(columns) | {TARGETS: encoding.encode_target(columns)}
            yield Chunk(validation, partition, seq, last - first, tensors.pack(arrays))


def chunk_rows(encoding: Encoding) -> int:
    """Return the rows of a chunk: the power of two that makes about four megabytes."""
    signature = encoding.signature
    row_bytes = 4 * signature.output.units
    for item in signature.inputs:
        row_bytes += math.prod(item.shape) * (1 if item.dtype == "uint8" else 4)
    rows = 1 << round(math.log2(_CHUNK_BYTES / row_bytes)) if row_bytes < _CHUNK_BYTES else 1
    rows = max(_MIN_CHUNK_ROWS, min(rows, _MAX_CHUNK_ROWS))
    # Large images: fewer rows, for a chunk is one field and is held in memory.
    while rows > 1 and rows * row_bytes > _MAX_CHUNK_BYTES:
        rows //= 2
    return rows


def _notes(
    encoding: Encoding,
    why: str,
    staged: Staged,
    partitions: int,
    default_partitions: int,
    request: Request,
) -> tuple[str, ...]:
    notes = [f"task {encoding.output.task}: {why}"]
    if staged.excluded_rows:
        notes.append(f"{staged.excluded_rows} rows with a NULL label are left out")
    notes += [f'column "{column.column}" is left out: {column.why}' for column in encoding.dropped]
    if request.partitions is None and partitions < default_partitions:
        notes.append(f"{partitions} partitions instead of {default_partitions}: there are few rows")
    return tuple(notes)
