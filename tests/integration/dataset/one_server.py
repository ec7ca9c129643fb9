"""What an engine of one server does with the dataset layer; its chunks are kept in a list."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from cerebro_db import dataset
from cerebro_db.dataset import Chunk, Encoding, Extent, LocalStaged, Prepared, Request, stage
from cerebro_db.session import Session

stage_for = partial(dataset.stage_for, stage=stage)


def prepare(
    session: Session,
    request: Request,
    *,
    default_partitions: int = 2,
    chunks: list[Chunk] | None = None,
) -> Prepared:
    """Prepare a dataset, and add its chunks to the list."""
    packed = [] if chunks is None else chunks

    def pack(staged: LocalStaged, encoding: Encoding, extents: Iterable[Extent]) -> int:
        packed.extend(dataset.chunks(staged, encoding, extents))
        return sum(len(chunk.payload) for chunk in packed)

    return dataset.prepare(
        session, request, stage=stage, pack=pack, default_partitions=default_partitions
    )
