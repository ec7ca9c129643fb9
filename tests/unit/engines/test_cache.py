"""The cache of chunks: what it holds, forgets and admits."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from cerebro_db.engines.cache import ChunkCache, PartitionKey, Shelf
from cerebro_db.errors import CacheMiss
from cerebro_db.tensors import pack

CHUNK = pack({"x": np.arange(1000, dtype=np.float32)})


def key(partition: int) -> PartitionKey:
    return PartitionKey(1, False, partition)


def test_chunks_come_back_in_their_order() -> None:
    cache = ChunkCache(limit=10**9)
    for seq in range(3):
        cache.hold(key(0), seq, pack({"x": np.array([seq])}))
    assert [int(chunk["x"][0]) for chunk in cache.chunks(key(0), 3)] == [0, 1, 2]


def test_filling_anew_forgets_what_was_there() -> None:
    cache = ChunkCache(limit=10**9)
    cache.hold(key(0), 0, CHUNK)
    cache.hold(key(0), 1, CHUNK)
    cache.hold(key(0), 0, CHUNK)
    assert len(cache.chunks(key(0), 1)) == 1


def test_half_a_partition_is_none() -> None:
    cache = ChunkCache(limit=10**9)
    cache.hold(key(0), 0, CHUNK)
    with pytest.raises(CacheMiss):
        cache.chunks(key(0), 2)
    with pytest.raises(CacheMiss):
        cache.hold(key(0), 2, CHUNK)
    with pytest.raises(CacheMiss):
        cache.hold(key(1), 1, CHUNK)


def test_the_least_recently_used_goes_first() -> None:
    cache = ChunkCache(limit=2 * len(CHUNK))
    cache.hold(key(0), 0, CHUNK)
    cache.hold(key(1), 0, CHUNK)
    cache.chunks(key(0), 1)
    cache.hold(key(2), 0, CHUNK)
    cache.chunks(key(0), 1)
    cache.chunks(key(2), 1)
    with pytest.raises(CacheMiss):
        cache.chunks(key(1), 1)


def test_the_partition_being_filled_stays() -> None:
    cache = ChunkCache(limit=len(CHUNK))
    cache.hold(key(0), 0, CHUNK)
    cache.hold(key(1), 0, CHUNK)
    cache.hold(key(1), 1, CHUNK)
    assert len(cache.chunks(key(1), 2)) == 2
    with pytest.raises(CacheMiss):
        cache.chunks(key(0), 1)


def test_a_shelf_knows_what_the_cache_holds() -> None:
    """Whatever is filled in and used, in whatever order: the engine relies on it."""
    chance = Random(7)
    limit = 4 * len(CHUNK)
    cache, shelf = ChunkCache(limit), Shelf(limit)
    sizes = {key(number): 1 + number % 3 for number in range(6)}
    for _ in range(500):
        chosen = chance.choice(list(sizes))
        if chosen in shelf:
            assert len(cache.chunks(chosen, sizes[chosen])) == sizes[chosen]
            shelf.touch(chosen)
        else:
            with pytest.raises(CacheMiss):
                cache.chunks(chosen, sizes[chosen])
            for seq in range(sizes[chosen]):
                cache.hold(chosen, seq, CHUNK)
            shelf.add(chosen, sizes[chosen] * len(CHUNK))
