"""Makes a dataset of a source: stage, fit, then write packed chunks, one at a time.

Everything is validated before the first chunk is written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cerebro_db import tensors
from cerebro_db.dataset.choose import Dropped
from cerebro_db.dataset.columns import NUMBER_SENDS, Column, find, undefined
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.fit import fit_features
from cerebro_db.dataset.overrides import Override, parse_overrides, wanted_form
from cerebro_db.dataset.source import Source, describe, parse_source, split_identifiers
from cerebro_db.dataset.staging import Plan, Staged, stage
from cerebro_db.dataset.targets import check_task, label_form, learn_output, parse_target
from cerebro_db.errors import DataError, InvalidArgument, UndefinedSource
from cerebro_db.session import Session
from cerebro_db.training import TARGETS

_CHUNK_BYTES = 4 << 20
_MIN_CHUNK_ROWS = 256
_MAX_CHUNK_ROWS = 65_536
# Fewer rows than this in a partition are not worth a hop.
_MIN_PARTITION_ROWS = 64


@dataclass(frozen=True)
class Request:
    """What to make a dataset of.

    Args:
        source: a table, a view, or one SELECT.
        target: a column, or several separated by commas.
        features: columns; None takes all others.
        task: binary, multiclass, regression, multilabel, classification; None infers it.
        validation: a fraction ('0.2'), a boolean column, or a table or SELECT of its own.
        partitions: None takes a default that the number of rows allows.
        encode: what is stated about single columns.
        seed: of the shuffle.
    """

    source: str
    target: str
    features: tuple[str, ...] | None = None
    task: str | None = None
    validation: str = "0.2"
    partitions: int | None = None
    encode: Mapping[str, Any] | None = None
    seed: int = 0


@dataclass(frozen=True)
class Chunk:
    """Rows of one partition as one safetensors document: the inputs, and ``target``.

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
    _check_partitions(request.partitions)
    check_task(request.task)
    plan, overrides, skipped = _plan(session, request)
    with stage(session, plan) as staged:
        training = staged.rows - staged.validation_rows
        _require_rows(staged)
        partitions = _partitions(request.partitions, default_partitions, training)
        output, why = learn_output(staged, request.task)
        features, dropped = fit_features(staged, overrides)
        if not features:
            raise _no_features([*dropped, *skipped])
        encoding = Encoding(tuple(features), (*dropped, *skipped), output)
        staged.label_form = label_form(output.task)
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


def _check_partitions(partitions: int | None) -> None:
    if partitions is not None and partitions < 1:
        raise InvalidArgument(
            "partitions must be at least 1",
            detail=f"It is {partitions}.",
            hint="Leave it out to let the number of rows decide.",
        )


def _plan(session: Session, request: Request) -> tuple[Plan, dict[str, Override], list[Dropped]]:
    source = parse_source(request.source)
    columns = describe(session, source)
    targets = parse_target(request.target, columns)
    validation = _validation(session, request.validation, columns)
    features = _features(request.features, columns, targets, validation)
    overrides = parse_overrides(request.encode or {}, features)
    skipped, wanted = [], []
    for column in features:
        override = overrides.get(column.name)
        if override and override.kind == "skip":
            skipped.append(Dropped(column.name, column.type, "stated in encode"))
        else:
            wanted.append((column, wanted_form(column, override)))
    if not wanted:
        raise _no_features(skipped)
    plan = Plan(
        source=source,
        features=tuple(wanted),
        targets=targets,
        seed=request.seed,
        validation=validation,
    )
    if isinstance(validation, Source):
        _require_alike(session, plan, validation)
    return plan, overrides, skipped


def _validation(
    session: Session, validation: str, columns: Sequence[Column]
) -> float | Column | Source:
    try:
        fraction = float(validation)
    except ValueError:
        pass
    else:
        if 0 <= fraction < 1:
            return fraction
        raise InvalidArgument(
            "the validation fraction must be at least 0 and less than 1",
            detail=f"It is {validation}.",
            hint="'0.2' holds out a fifth of the rows.",
        )
    names = split_identifiers(validation) or [validation]
    by_name = {column.name: column for column in columns}
    column = by_name.get(validation) or (by_name.get(names[0]) if len(names) == 1 else None)
    if column is None:
        source = parse_source(validation)
        try:
            describe(session, source)
        except UndefinedSource as error:
            raise InvalidArgument(
                f'validation "{validation}" is neither a fraction, a column nor a source',
                detail="The source has the columns " + ", ".join(by_name) + ".",
                hint=error.hint,
            ) from error
        return source
    if column.form != "boolean":
        raise InvalidArgument(
            f'validation column "{column.name}" must be boolean',
            detail=f"Its type is {column.type}.",
            hint="Rows where it is true are held out.",
        )
    return column


def _features(
    names: tuple[str, ...] | None,
    columns: Sequence[Column],
    targets: Sequence[Column],
    validation: float | Column | Source,
) -> list[Column]:
    if names is None:
        return [column for column in columns if column not in targets and column != validation]
    features = list(dict.fromkeys(find(name, columns, what="feature column") for name in names))
    for column in features:
        if column in targets or column == validation:
            what = "target" if column in targets else "validation"
            raise InvalidArgument(
                f'column "{column.name}" cannot be a feature',
                detail=f"It is the {what} column.",
                hint="Leave it out of features.",
            )
    return features


def _require_alike(session: Session, plan: Plan, validation: Source) -> None:
    """Check that validation rows of their own have the columns that the source's rows have."""
    found = {column.name: column for column in describe(session, validation)}
    for column in (*(feature for feature, _ in plan.features), *plan.targets):
        other = found.get(column.name)
        if other is None:
            raise undefined(column.name, found, what="validation column")
        if not _alike(column, other):
            raise InvalidArgument(
                f'column "{column.name}" differs in type between source and validation',
                detail=f"It is {column.type} in the source and {other.type} in validation.",
                hint="Cast it in a SELECT that is the validation.",
            )


def _alike(column: Column, other: Column) -> bool:
    if column.send in NUMBER_SENDS:
        return other.send in NUMBER_SENDS
    if column.send == "enum_send":
        return other.type == column.type
    return (other.send, other.element) == (column.send, column.element)


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


def _no_features(dropped: Sequence[Dropped]) -> DataError:
    reasons = "; ".join(f"{column.column}: {column.why}" for column in dropped)
    return DataError(
        "no feature columns are left",
        detail=reasons + "." if reasons else "The source has no column but the target.",
        hint="Name a source with more columns, or state in encode how to encode one.",
    )


def _chunks(staged: Staged, encoding: Encoding, partitions: int) -> Iterator[Chunk]:
    step = _chunk_rows(encoding)
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


def _chunk_rows(encoding: Encoding) -> int:
    """Return the power of two that makes chunks of about four megabytes."""
    signature = encoding.signature
    row_bytes = 4 * signature.output.units
    for item in signature.inputs:
        row_bytes += math.prod(item.shape) * (1 if item.dtype == "uint8" else 4)
    rows = 1 << round(math.log2(_CHUNK_BYTES / row_bytes))
    return max(_MIN_CHUNK_ROWS, min(rows, _MAX_CHUNK_ROWS))


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
