"""What an engine of one server does with the dataset layer; its chunks are kept in a list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from psycopg import sql

from cerebro_db.dataset import batches
from cerebro_db.dataset import prepare as preparing
from cerebro_db.dataset.chunks import Extent, PackedChunk
from cerebro_db.dataset.columns import Columns
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.prepare import Prepared
from cerebro_db.dataset.request.request import Request
from cerebro_db.engines.postgres import packing
from cerebro_db.engines.postgres.staged import StagedBatches
from cerebro_db.engines.postgres.staging import stage
from cerebro_db.engines.postgres.unstaged import UnstagedBatches
from cerebro_db.session import CallersSession

open_batches = partial(batches.open_batches, read=partial(UnstagedBatches, rows=10_000))


def prepare(
    session: CallersSession,
    request: Request,
    *,
    default_partitions: int = 2,
    chunks: list[PackedChunk] | None = None,
) -> Prepared:
    """Prepare a dataset, and add its chunks to the list."""
    packed = [] if chunks is None else chunks

    def pack(staged: StagedBatches, encoding: Encoding, extents: Sequence[Extent]) -> int:
        packed.extend(packing.chunks(staged, encoding, extents))
        return sum(len(chunk.payload) for chunk in packed)

    return preparing.prepare(
        session, request, stage=stage, pack=pack, default_partitions=default_partitions
    )


def read(rows: UnstagedBatches) -> Columns:
    """Return the canonical columns of all rows, which fit into one batch."""
    record = sql.SQL("{} as record").format(rows.layout.record)
    (batch,) = [
        row["record"]
        for query in rows.each_batch([record])
        for row in rows.session.fetch(query.as_string(None))
    ]
    return rows.layout.columns_of_record(batch)
