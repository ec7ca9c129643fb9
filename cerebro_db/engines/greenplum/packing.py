"""Packs staged rows on the segments, and hands the chunks to the session that commits them.

The staged rows are a temporary table of the caller, whose own transaction may still roll back, so
another session has to write the chunks. They change hands in files of the server's temporary
folder, on the segment: through the coordinator go only their numbers.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from uuid import uuid4

import psycopg
from psycopg import sql

from cerebro_db.dataset import Encoding, Extent, chunk_rows
from cerebro_db.engines.greenplum.segments import Segment, place_partitions
from cerebro_db.engines.greenplum.staging import SegmentStaged, local_plans
from cerebro_db.engines.sessions.tables import chunks_table, compose
from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "packing.sql")


def pack(
    control: Session,
    dataset: int,
    segments: Sequence[Segment],
    staged: SegmentStaged,
    encoding: Encoding,
    extents: Sequence[Extent],
) -> int:
    """Write the chunks of all extents where their partitions are to live; return their bytes.

    The validation rows go to every segment that gets a partition: any can end an epoch.
    """
    token = sql.Literal(uuid4().hex)
    try:
        with local_plans(staged.session):
            packed = staged.session.fetch(_pack_statement(token, staged, encoding, extents))
        control.execute(
            compose(
                _SQL["take"],
                chunks=chunks_table(dataset),
                token=token,
                **_places(segments, extents),
            )
        )
    finally:
        # Where even this fails, because the transaction has, the next start of the server does it.
        with contextlib.suppress(psycopg.Error):
            control.execute(compose(_SQL["discard"], token=token))
    return int(packed[0]["bytes"])


def _pack_statement(
    token: sql.Literal, staged: SegmentStaged, encoding: Encoding, extents: Sequence[Extent]
) -> str:
    starts = [extent.start for extent in extents]
    return compose(
        _SQL["pack"],
        token=token,
        encoding=sql.Literal(json.dumps(encoding.to_json())),
        reading=sql.Literal(json.dumps(staged.reading.to_json())),
        record=staged.reading.record,
        starts=sql.Literal(starts),
        rows=sql.Literal(chunk_rows(encoding)),
        extent=_extent_of(starts, 0, len(starts)),
        table=sql.SQL(staged.table),
        stop=sql.Literal(extents[-1].stop),
    )


def _extent_of(starts: Sequence[int], first: int, end: int) -> sql.Composable:
    """Return the expression that bisects for a position's extent in ``first`` to ``end`` - 1."""
    if end - first == 1:
        return sql.Literal(first)
    middle = (first + end) // 2
    return sql.SQL("case when position < {} then {} else {} end").format(
        sql.Literal(starts[middle]),
        _extent_of(starts, first, middle),
        _extent_of(starts, middle, end),
    )


def _places(segments: Sequence[Segment], extents: Sequence[Extent]) -> dict[str, sql.Composable]:
    """Return, in columns, where the chunks of each extent go."""
    training = [extent for extent in extents if not extent.validation]
    homes = dict(
        zip(
            [extent.partition for extent in training],
            [segment.home for segment in place_partitions(segments, len(training))],
            strict=True,
        )
    )
    everywhere = sorted(set(homes.values()))
    places = [
        (index, home, extent.validation, extent.partition)
        for index, extent in enumerate(extents)
        for home in (everywhere if extent.validation else [homes[extent.partition]])
    ]
    columns = zip(*places, strict=True)
    names = ("extents", "homes", "validations", "partitions")
    return {name: sql.Literal(list(column)) for name, column in zip(names, columns, strict=True)}
