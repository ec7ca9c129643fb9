"""Makes a dataset of a source: stage, fit, then have the chunks packed.

Everything is validated before the first chunk is packed. How rows are staged, and where they are
packed, is the engine's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from psycopg import sql

from cerebro_db.dataset.chunks import Extent, extents
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.fitting.fit import fit_features
from cerebro_db.dataset.labels.folds import outputs_of_folds, require_full
from cerebro_db.dataset.labels.output import learn_output
from cerebro_db.dataset.labels.positive import with_positive
from cerebro_db.dataset.request.request import Request, Selected, no_features, selected
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.errors import MAX_NAMES, DataError
from cerebro_db.folds import Folds
from cerebro_db.session import CallersSession
from cerebro_db.words import counted

# Fewer rows than this in a partition are not worth a hop.
_MIN_PARTITION_ROWS = 64

Rows = TypeVar("Rows", bound=StagedRows)


@dataclass(frozen=True)
class Prepared:
    """The prepared rows: trained, held out and excluded (NULL label), and the bytes of chunks."""

    encoding: Encoding
    rows: int
    validation_rows: int
    excluded_rows: int
    partitions: int
    bytes: int
    notes: tuple[str, ...]
    folds: Folds | None = None
    key: str | None = None


def prepare(
    session: CallersSession,
    request: Request,
    *,
    stage: Callable[[CallersSession, Selection], Rows],
    pack: Callable[[Rows, Encoding, tuple[Extent, ...]], int],
    default_partitions: int,
) -> Prepared:
    """Find the source, and prepare its rows: see ``prepare_selected``."""
    with selected(session, request) as chosen:
        return prepare_selected(
            session,
            request,
            chosen,
            stage=stage,
            pack=pack,
            default_partitions=default_partitions,
        )


def prepare_selected(
    session: CallersSession,
    request: Request,
    chosen: Selected,
    *,
    stage: Callable[[CallersSession, Selection], Rows],
    pack: Callable[[Rows, Encoding, tuple[Extent, ...]], int],
    default_partitions: int,
    keep_keys: Callable[[Rows, Encoding, tuple[Extent, ...]], None] | None = None,
) -> Prepared:
    """Stage the source in the session, fit its encoding, and pack its rows.

    Args:
        chosen: what to read of the source, which is open.
        stage: stages the rows that are selected.
        pack: makes and stores the chunks of all extents; returns their bytes.
        default_partitions: how many to make where the request leaves it open.
        keep_keys: stores the keys of all rows, which have some.

    Raises:
        CerebroError: of every kind that the arguments or the rows give reason for.
    """
    selection, stated, skipped = chosen
    folds = selection.folds
    if folds is not None and not folds.partitions:
        folds = replace(folds, partitions=default_partitions)
        selection = replace(selection, folds=folds)
    with stage(session, selection) as staged:
        _require_rows(staged)
        if folds is not None:
            require_full(staged, folds)
        output, why = learn_output(staged, request.task)
        training = staged.rows - staged.validation_rows
        partitions = (
            _partitions(request.partitions, default_partitions, training)
            if folds is None
            else folds.partitions
        )
        if selection.positive is not None:
            output = with_positive(output, selection.positive)
        ranges = extents(staged.rows, staged.validation_rows, partitions, staged.part_rows)
        of_folds = (
            ()
            if folds is None
            else outputs_of_folds(staged, output, folds, [extent.start for extent in ranges])
        )
        features, dropped, weights = fit_features(staged, stated, output)
        if not features:
            raise no_features([*dropped, *skipped])
        encoding = Encoding(tuple(features), (*dropped, *skipped), output, weights, of_folds)
        staged.label_form = encoding.label_form
        if request.key is not None:
            _require_key(staged)
        packed = pack(staged, encoding, ranges)
        if selection.key is not None and keep_keys is not None:
            keep_keys(staged, encoding, ranges)
        return Prepared(
            encoding=encoding,
            rows=training,
            validation_rows=staged.validation_rows,
            excluded_rows=staged.excluded_rows,
            partitions=partitions,
            bytes=packed,
            notes=_notes(encoding, why, staged, partitions, default_partitions, request),
            folds=folds,
            key=None if selection.key is None else selection.key.name,
        )


def _require_key(staged: StagedRows) -> None:
    """Refuse a key that does not tell rows apart.

    Raises:
        DataError: it is NULL in a row, or the same in two.
    """
    statement = sql.SQL(
        "select count(*) as rows, count(value) as known, count(distinct value) as distinct_values"
        " from {}"
    ).format(staged.keys)
    found = staged.session.fetch(statement.as_string(None))[0]
    if found["distinct_values"] == found["rows"]:
        return
    assert staged.selection.key is not None
    missing = found["rows"] - found["known"]
    raise DataError(
        f'column "{staged.selection.key.name}" is no key: it does not tell all rows apart',
        detail=f"It is NULL in {counted(missing, 'row')}."
        if missing
        else f"{counted(found['rows'], 'row')} have {counted(found['distinct_values'], 'value')}.",
        hint="Name a column that differs in each row, or leave key out.",
    )


def _require_rows(staged: StagedRows) -> None:
    if staged.rows == 0:
        excluded = staged.excluded_rows
        raise DataError(
            "the source is empty",
            detail=f"It has {counted(excluded, 'row')}, all with a NULL label."
            if excluded
            else "It has no rows.",
            hint="Name a source with labelled rows.",
        )
    if staged.rows == staged.validation_rows:
        raise DataError(
            "validation leaves no rows for training",
            detail=f"All {counted(staged.rows, 'row')} of the source would validate.",
            hint="Hold out fewer rows.",
        )


def _partitions(stated: int | None, default: int, rows: int) -> int:
    if stated is None:
        return max(1, min(default, rows // _MIN_PARTITION_ROWS))
    if rows < stated:
        raise DataError(
            "there are fewer training rows than partitions",
            detail=f"{counted(rows, 'training row')}, {counted(stated, 'partition')}.",
            hint=f"Use at most {counted(rows, 'partition')}, or leave partitions out.",
        )
    return stated


def _notes(
    encoding: Encoding,
    why: str,
    staged: StagedRows,
    partitions: int,
    default_partitions: int,
    request: Request,
) -> tuple[str, ...]:
    notes = [f"task {encoding.output.task}: {why}"]
    if staged.selection.positive is not None:
        notes.append(f'the positive class is "{staged.selection.positive}"')
    if encoding.weights is not None:
        notes.append(f'column "{encoding.weights.column}" weighs the rows')
    if staged.excluded_rows:
        notes.append(
            counted(
                staged.excluded_rows,
                "row with a NULL label is left out",
                "rows with a NULL label are left out",
            )
        )
    notes += [f'column "{column.column}" is left out: {column.why}' for column in encoding.dropped]
    notes += [
        f'label "{label}" has no training row: it cannot be learned'
        for label, rows in zip(encoding.output.classes, encoding.output.counts, strict=True)
        if not rows
    ][:MAX_NAMES]
    if (folds := staged.selection.folds) is not None:
        parts = ", ".join(
            f"{sum(staged.part_rows[p] for p in folds.measured(fold)):,}" for fold in folds.networks
        )
        by = staged.selection.group or staged.selection.order
        how = "" if by is None else f', by "{by.name}"'
        notes.append(f"{counted(folds.count, 'fold')}{how}: rows {parts}")
    elif request.partitions is None and partitions < default_partitions:
        notes.append(
            f"{counted(partitions, 'partition')} instead of {default_partitions}: there are few"
            " rows"
        )
    return tuple(notes)
