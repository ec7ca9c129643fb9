"""Packs staged rows on the segments, and hands the chunks to the session that commits them.

The staged rows are a temporary table of the caller, whose own transaction may still roll back, so
another session has to write the chunks. They change hands in files of the server's temporary
folder, on the segment: through the coordinator go only their numbers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import psycopg
from psycopg import sql

from cerebro_db.dataset.chunks import Extent, chunk_rows
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.engines.greenplum.segments import Segment, place_partitions
from cerebro_db.engines.greenplum.staging import LOCAL_PLANS, StagedOnSegments
from cerebro_db.engines.sessions.loopback import Loopback, connect
from cerebro_db.engines.sessions.tables import chunks_table, compose
from cerebro_db.errors import DataError, NoConnection
from cerebro_db.polls import GivenUp, at_most
from cerebro_db.session.client import ClientSession
from cerebro_db.session.settings import settings
from cerebro_db.store.statements import load_statements
from cerebro_db.words import counted

_SQL = load_statements(__package__, "packing.sql")
# Greenplum turns each of the signals of one cancel into an interrupt of its own.
_INTERRUPTS = 4
# How long a new session may take to remove what is left over.
_DISCARD_SECONDS = 60.0


@dataclass(frozen=True)
class _Place:
    """The place that an extent goes to, and the number of its rows."""

    extent: int
    home: int
    validation: bool
    partition: int
    rows: int


def pack(
    loopback: Loopback,
    control: ClientSession,
    dataset: int,
    segments: Sequence[Segment],
    staged: StagedOnSegments,
    encoding: Encoding,
    extents: Sequence[Extent],
) -> int:
    """Write the chunks of all extents where their partitions are to live; return their bytes.

    The validation rows go to every segment that gets a partition: any can end an epoch.
    """
    token = sql.Literal(uuid4().hex)
    places = _places(segments, extents)
    try:
        with settings(staged.session, LOCAL_PLANS):
            packed = staged.session.fetch(_pack_statement(token, staged, encoding, extents))
        _take(control, dataset, token, places)
        _require_all(control, dataset, places)
    except BaseException:
        _discard(loopback, token)
        raise
    return int(packed[0]["bytes"])


def _take(
    control: ClientSession, dataset: int, token: sql.Literal, places: Sequence[_Place]
) -> None:
    statement = compose(
        _SQL["take"],
        chunks=chunks_table(dataset),
        token=token,
        extents=sql.Literal([place.extent for place in places]),
        homes=sql.Literal([place.home for place in places]),
        validations=sql.Literal([place.validation for place in places]),
        partitions=sql.Literal([place.partition for place in places]),
    )
    control.execute(statement)


def _require_all(control: ClientSession, dataset: int, places: Sequence[_Place]) -> None:
    """Compare what has arrived with what was packed.

    Raises:
        DataError: chunks were lost, as where a segment was started anew in between.
    """
    expected = {(place.home, place.validation, place.partition): place.rows for place in places}
    found = control.fetch(compose(_SQL["arrived"], chunks=chunks_table(dataset)))
    arrived = {(row["home"], row["validation"], row["number"]): row["rows"] for row in found}
    if arrived != expected:
        raise DataError(
            "chunks were lost on their way from one session to another",
            detail=f"{sum(arrived.values()):,} of "
            f"{counted(sum(expected.values()), 'packed row')} arrived.",
            hint="A segment may have been started anew; prepare the source again.",
        )


def _discard(loopback: Loopback, token: sql.Literal) -> None:
    """Remove what was not taken; where even that fails, the next start of the segment does.

    In a session of its own: whatever went wrong, the others may be in the midst of it.
    """
    for _ in range(_INTERRUPTS):
        try:
            poll = at_most(_DISCARD_SECONDS)
            connection = connect(loopback, "cerebro_db control", poll)
            try:
                ClientSession(connection, poll).execute(compose(_SQL["discard"], token=token))
            finally:
                connection.close()
            return
        except KeyboardInterrupt:
            continue
        except (GivenUp, psycopg.Error, NoConnection):
            return


def _pack_statement(
    token: sql.Literal, staged: StagedOnSegments, encoding: Encoding, extents: Sequence[Extent]
) -> str:
    starts = [extent.start for extent in extents]
    return compose(
        _SQL["pack"],
        token=token,
        encoding=sql.Literal(json.dumps(encoding.to_json())),
        reading=sql.Literal(json.dumps(staged.layout.to_json())),
        record=staged.layout.record,
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


def _places(segments: Sequence[Segment], extents: Sequence[Extent]) -> list[_Place]:
    """Return where the chunks of each extent go."""
    training = [extent for extent in extents if not extent.validation]
    homes = dict(
        zip(
            [extent.partition for extent in training],
            [segment.home for segment in place_partitions(segments, len(training))],
            strict=True,
        )
    )
    everywhere = sorted(set(homes.values()))
    return [
        _Place(index, home, extent.validation, extent.partition, extent.stop - extent.start)
        for index, extent in enumerate(extents)
        for home in (everywhere if extent.validation else [homes[extent.partition]])
    ]
