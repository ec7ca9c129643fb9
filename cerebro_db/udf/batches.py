"""Batches of staged rows that SQL hands to Python where they are: to learn, pack or predict."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from cerebro_db.dataset.chunks import encode_chunk
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.fitting import learning
from cerebro_db.dataset.staged import StagedLayout, layout_from_json
from cerebro_db.engines.greenplum import spool
from cerebro_db.udf.context import context_of
from cerebro_db.udf.errors import raises_in_sql
from cerebro_db.verbs import batch as verbs


@raises_in_sql
def learn_batch(plpy: Any, fitters: str, reading: str, training: bool, payload: bytes) -> str:
    """cerebro._learn_batch."""
    rebuilt = learning.fitters_from_json(json.loads(fitters))
    learning.learn(rebuilt, _layout(reading).columns_of_record(payload), training=training)
    return json.dumps(learning.partials(rebuilt))


@raises_in_sql
def pack_batch(
    plpy: Any,
    token: str,
    encoding: str,
    reading: str,
    extent: int,
    seq: int,
    rows: int,
    payload: bytes,
) -> int:
    """cerebro._pack_batch."""
    columns = _layout(reading).columns_of_record(payload)
    chunk = encode_chunk(_encoding(encoding), columns)
    spool.put(token, spool.SpooledChunk(extent, seq, rows, chunk))
    return len(chunk)


@raises_in_sql
def take_chunk(plpy: Any, token: str) -> dict[str, Any] | None:
    """cerebro._take_chunk."""
    chunk = spool.take(token)
    return None if chunk is None else vars(chunk)


@raises_in_sql
def discard_here(plpy: Any, token: str) -> int:
    """cerebro._discard_here."""
    return spool.discard(token)


@raises_in_sql
def predict_batch(
    plpy: Any, run: str, reading: str, payload: bytes, config: int | None
) -> dict[str, Any]:
    """cerebro._predict_batch."""
    return vars(verbs.predict_batch(context_of(plpy), run, _layout(reading), payload, config))


@raises_in_sql
def evaluate_batch(plpy: Any, run: str, reading: str, payload: bytes, config: int | None) -> bytes:
    """cerebro._evaluate_batch."""
    return verbs.evaluate_batch(context_of(plpy), run, _layout(reading), payload, config)


# The same for every batch of a statement, and large: vocabularies.
@lru_cache(maxsize=2)
def _encoding(document: str) -> Encoding:
    return Encoding.from_json(json.loads(document))


@lru_cache(maxsize=2)
def _layout(document: str) -> StagedLayout:
    return layout_from_json(json.loads(document))
