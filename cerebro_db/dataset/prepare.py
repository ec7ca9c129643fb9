"""Makes a dataset of a source: stage, fit, then have the chunks packed.

Everything is validated before the first chunk is packed. How rows are staged, and where they are
packed, is the engine's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cerebro_db.dataset.chunks import Extent, extents
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.fitting.fit import fit_features
from cerebro_db.dataset.labels.output import learn_output
from cerebro_db.dataset.labels.positive import with_positive
from cerebro_db.dataset.request.request import Request, Selected, no_features, selected
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.errors import MAX_NAMES, DataError
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
) -> Prepared:
    """Stage the source in the session, fit its encoding, and pack its rows.

    Args:
        chosen: what to read of the source, which is open.
        stage: stages the rows that are selected.
        pack: makes and stores the chunks of all extents; returns their bytes.
        default_partitions: how many to make where the request leaves it open.

    Raises:
        CerebroError: of every kind that the arguments or the rows give reason for.
    """
    selection, stated, skipped = chosen
    with stage(session, selection) as staged:
        _require_rows(staged)
        output, why = learn_output(staged, request.task)
        training = staged.rows - staged.validation_rows
        partitions = _partitions(request.partitions, default_partitions, training)
        if selection.positive is not None:
            output = with_positive(output, selection.positive)
        features, dropped, weights = fit_features(staged, stated, output)
        if not features:
            raise no_features([*dropped, *skipped])
        encoding = Encoding(tuple(features), (*dropped, *skipped), output, weights)
        staged.label_form = encoding.label_form
        ranges = extents(staged.rows, staged.validation_rows, partitions)
        return Prepared(
            encoding=encoding,
            rows=training,
            validation_rows=staged.validation_rows,
            excluded_rows=staged.excluded_rows,
            partitions=partitions,
            bytes=pack(staged, encoding, ranges),
            notes=_notes(encoding, why, staged, partitions, default_partitions, request),
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
    if request.partitions is None and partitions < default_partitions:
        notes.append(
            f"{counted(partitions, 'partition')} instead of {default_partitions}: there are few"
            " rows"
        )
    return tuple(notes)
