"""What runs in worker sessions: filling the cache, and training a unit."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from cerebro_db import training
from cerebro_db.engines.cache import ChunkCache, PartitionKey
from cerebro_db.model import Spec
from cerebro_db.udf.errors import raises_in_sql

_cache = ChunkCache(limit=2**30)


def start_worker(threads: int, cache_bytes: int) -> None:
    """cerebro._start_worker."""
    _cache.limit = cache_bytes
    training.configure(threads)
    training.warm_up()


def hold(dataset: int, validation: bool, partition: int, seq: int, payload: bytes) -> None:
    """cerebro._hold."""
    _cache.hold(PartitionKey(dataset, validation, partition), seq, payload)


@raises_in_sql
def train(plpy: Any, spec: str, unit: str, state: bytes | None) -> dict[str, Any]:
    """cerebro._train."""
    started = datetime.now(UTC)
    what = json.loads(unit)
    dataset, partition = what["dataset"], what["partition"]
    rows = _cache.chunks(PartitionKey(dataset, False, partition), what["chunks"])
    held_out = (
        _cache.chunks(PartitionKey(dataset, True, 0), what["validation_chunks"])
        if what["validation_chunks"]
        else []
    )
    key = training.UnitKey(what["seed"], what["config"], what["epoch"], partition)
    # A statement is how PL/Python lets PostgreSQL notice a cancel, or that the client is gone.
    work = training.begin(
        Spec.from_json(json.loads(spec)), key, state, poll=lambda: plpy.execute("select")
    )
    for chunk in rows:
        work.train(chunk)
    for chunk in held_out:
        work.evaluate(chunk)
    result = work.finish()
    return {
        "new_state": result.state,
        "rows": result.rows,
        "training": _metrics(result.training),
        "validation": None if result.validation is None else _metrics(result.validation),
        "started": started.isoformat(),
        "finished": datetime.now(UTC).isoformat(),
    }


def _metrics(values: dict[str, float]) -> str:
    """Return metrics as JSON, which has no NaN and no infinity: these become text."""
    return json.dumps({n: v if math.isfinite(v) else str(v) for n, v in values.items()})
