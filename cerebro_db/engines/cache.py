"""The chunks that a worker holds in memory between units. Only a cache: it may forget anything.

It lives as long as the worker's session. The least recently used partitions go first when the bound
is reached; the partition that is being filled always stays.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from cerebro_db.errors import CacheMiss
from cerebro_db.tensors import Tensors, unpack


@dataclass(frozen=True)
class PartitionKey:
    """Names a partition of a dataset's training rows, or (partition 0) its validation rows."""

    dataset: int
    validation: bool
    partition: int


@dataclass
class _Held:
    chunks: list[Tensors] = field(default_factory=list)
    bytes: int = 0


class ChunkCache:
    """Unpacked chunks by partition, up to ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._partitions: OrderedDict[PartitionKey, _Held] = OrderedDict()

    def hold(self, key: PartitionKey, seq: int, payload: bytes) -> None:
        """Take in the next chunk of a partition; number 0 starts the partition anew.

        Raises:
            CacheMiss: the chunk before it is not held.
        """
        if seq == 0:
            self._partitions[key] = _Held()
        held = self._partitions.get(key)
        if held is None or len(held.chunks) != seq:
            raise CacheMiss(f"chunk {seq} of {key} came out of order")
        self._partitions.move_to_end(key)
        held.chunks.append(unpack(payload))
        held.bytes += len(payload)
        self._forget(key)

    def chunks(self, key: PartitionKey, count: int) -> list[Tensors]:
        """Return a partition's chunks.

        Raises:
            CacheMiss: not all ``count`` of them are held.
        """
        held = self._partitions.get(key)
        if held is None or len(held.chunks) != count:
            raise CacheMiss(f"{key} is not held")
        self._partitions.move_to_end(key)
        return held.chunks

    def _forget(self, keep: PartitionKey) -> None:
        while sum(held.bytes for held in self._partitions.values()) > self.limit:
            oldest = next(iter(self._partitions))
            if oldest == keep:
                return
            del self._partitions[oldest]
