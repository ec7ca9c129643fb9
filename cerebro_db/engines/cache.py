"""The chunks that a worker holds in memory between units. Only a cache: it may forget anything.

It lives as long as the worker's session. The engine keeps a ``Shelf`` of its own for each worker,
and so knows what its cache holds without asking.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from cerebro_db.errors import CacheMiss
from cerebro_db.tensors import unpack
from cerebro_db.training import Chunk


@dataclass(frozen=True)
class PartitionKey:
    """Names a partition of a dataset's training rows, or (partition 0) its validation rows."""

    dataset: int
    validation: bool
    partition: int


class Shelf:
    """Partitions within ``limit`` bytes: the least recently used goes first, the newest stays."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._bytes: OrderedDict[PartitionKey, int] = OrderedDict()

    def __contains__(self, key: PartitionKey) -> bool:
        return key in self._bytes

    def __iter__(self) -> Iterator[PartitionKey]:
        return iter(self._bytes)

    def add(self, key: PartitionKey, size: int) -> list[PartitionKey]:
        """Put so many more bytes of a partition on the shelf; return what had to go."""
        self._bytes[key] = self._bytes.get(key, 0) + size
        self._bytes.move_to_end(key)
        gone = []
        total = sum(self._bytes.values())
        while total > self.limit and len(self._bytes) > 1:
            oldest, freed = self._bytes.popitem(last=False)
            total -= freed
            gone.append(oldest)
        return gone

    def touch(self, key: PartitionKey) -> None:
        """Note that a partition was used."""
        self._bytes.move_to_end(key)

    def remove(self, key: PartitionKey) -> None:
        """Take a partition off the shelf, if it is there."""
        self._bytes.pop(key, None)

    def clear(self) -> None:
        """Take everything off the shelf."""
        self._bytes.clear()


class ChunkCache:
    """Unpacked chunks by partition, up to ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self._shelf = Shelf(limit)
        self._chunks: dict[PartitionKey, list[Chunk]] = {}

    def hold(self, key: PartitionKey, seq: int, payload: bytes) -> None:
        """Take in the next chunk of a partition; number 0 starts the partition anew.

        Raises:
            CacheMiss: the chunk before it is not held.
        """
        if seq == 0:
            self._shelf.remove(key)
            self._chunks[key] = []
        if len(self._chunks.get(key, ())) != seq or key not in self._chunks:
            raise CacheMiss(f"chunk {seq} of {key} came out of order")
        self._chunks[key].append(Chunk(unpack(payload)))
        for gone in self._shelf.add(key, len(payload)):
            del self._chunks[gone]

    def chunks(self, key: PartitionKey, count: int) -> list[Chunk]:
        """Return a partition's chunks.

        Raises:
            CacheMiss: not all ``count`` of them are held.
        """
        chunks = self._chunks.get(key, [])
        if len(chunks) != count:
            raise CacheMiss(f"{key} is not held")
        self._shelf.touch(key)
        return chunks
