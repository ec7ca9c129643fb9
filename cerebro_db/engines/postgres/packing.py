"""Makes chunks of staged batches in the caller's process, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cerebro_db import tensors
from cerebro_db.dataset.chunks import Extent, PackedChunk, chunk_rows, encode_rows
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.engines.postgres.staged import StagedBatches
from cerebro_db.tensors import Tensors


def chunks(
    staged: StagedBatches, encoding: Encoding, extents: Sequence[Extent]
) -> Iterator[PackedChunk]:
    """Read and encode the extents, which follow each other, one chunk at a time."""
    size = chunk_rows(encoding)
    cuts = [
        (extent, seq, start, min(start + size, extent.stop))
        for extent in extents
        for seq, start in enumerate(range(extent.start, extent.stop, size))
    ]
    pieces = staged.pieces([stop for *_, stop in cuts])
    for extent, seq, start, stop in cuts:
        parts: list[Tensors] = []
        position = start
        while position < stop:
            piece = next(pieces)
            parts.append(encode_rows(encoding, piece.columns))
            position = piece.stop
        whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        payload = tensors.pack(whole)
        yield PackedChunk(extent.validation, extent.partition, seq, stop - start, payload)
