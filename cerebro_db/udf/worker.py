"""The work of worker sessions: filling the cache, training a unit, predicting."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from cerebro_db import training
from cerebro_db.engines.cache import ChunkCache, PartitionKey
from cerebro_db.engines.postgres.inference import PREDICTIONS
from cerebro_db.errors import CacheMiss, DataError, InvalidArgument, NotPermitted, NotReady
from cerebro_db.model import Spec
from cerebro_db.model.frameworks import SPOKEN, Framework
from cerebro_db.model.signature import Signature
from cerebro_db.session.process import in_utf8
from cerebro_db.store.versions import require_version
from cerebro_db.tensors import Tensors, pack, unpack
from cerebro_db.training import forward, metrics
from cerebro_db.training.appraisal import Appraisal, Asked
from cerebro_db.training.metrics import storable
from cerebro_db.training.registered import measures
from cerebro_db.training.states import lender_in
from cerebro_db.udf.errors import raises_in_sql
from cerebro_db.verbs.batch import FOUND, THRESHOLDS, TRUTH, WEIGHTS

_MAX_MODELS = 8

_EXTENSION = "select extversion from pg_catalog.pg_extension where extname = 'cerebro_db'"
# A cancel in another language would break off Python in the midst.
_PLAIN_MESSAGES = "select cerebro._plain_messages(false)"
_REGISTERED = """
select 1 as found
from cerebro._code
where name operator(pg_catalog.=) $1
    and kind operator(pg_catalog.=) $2
    and sha256 operator(pg_catalog.=) $3
"""
_MAY_WRITE = "select has_table_privilege('cerebro._units', 'insert') as permitted"
# Only Greenplum has the one, only newer PostgreSQL the other.
_PROCESS = "select name, setting from pg_settings where name in ('gp_contentid', 'jit')"

_cache = ChunkCache(limit=0)
_models: dict[tuple[int, int], training.Predictor] = {}
# Where this process trains, once it is ready to; on PostgreSQL, segment 0.
_segment: int | None = None


@dataclass
class _Begun:
    """A unit at work; one that ``measures`` does not train on the rows of its partition."""

    work: training.SubEpoch
    started: datetime
    measures: bool


@dataclass
class _Stream:
    """Where chunks go that are being streamed in: those of validation rows, and the others, where
    these go elsewhere.

    ``due`` is the number of the next one.
    """

    evaluate: Callable[[Tensors], None]
    train: Callable[[Tensors], None] | None = None
    due: int = 0


# What is being streamed, and the unit that it is for.
_stream: _Stream | None = None
_streamed: _Begun | None = None
# The configurations that are compared, while they are.
_appraisal: Appraisal | None = None


@raises_in_sql
def start_worker(plpy: Any, threads: int, cache_bytes: int, framework: Framework) -> None:
    """cerebro._start_worker."""
    global _cache, _segment
    # A session that was opened after the package was replaced, for a planner from before.
    require_version(plpy.execute(_EXTENSION)[0]["extversion"])
    if not in_utf8():
        plpy.execute(_PLAIN_MESSAGES)
    process = {row["name"]: row["setting"] for row in plpy.execute(_PROCESS)}
    if process.get("jit") == "on":
        raise NotPermitted(
            "this session cannot be a worker",
            detail="The just-in-time compiler is on. Together with TensorFlow it ends the server,"
            " and workers of all frameworks have it off.",
            hint="Only cerebro_db's own sessions are workers.",
        )
    # Rows are on segments only; the coordinator is none.
    segment = int(process.get("gp_contentid", 0))
    if segment < 0 or not plpy.execute(_MAY_WRITE)[0]["permitted"]:
        raise NotPermitted(
            "this role or session cannot be a worker",
            detail="Workers write the units of all runs, and on Greenplum train on segments.",
            hint="Only cerebro_db's own sessions are workers.",
        )
    _cache = ChunkCache(cache_bytes)
    training.configure(threads, framework)
    training.warm_up(_poll_of(plpy))
    _segment = segment


@raises_in_sql
def load_model(plpy: Any, run: int, config: int, spec: str, state: bytes) -> None:
    """cerebro._load_model."""
    _require_worker()
    weights = training.weights_of(state)
    built = _own_spec_of(plpy, spec)
    _models[run, config] = training.predictor(built, weights, poll=_poll_of(plpy))
    while len(_models) > _MAX_MODELS:
        del _models[next(iter(_models))]


@raises_in_sql
def infer(plpy: Any, run: int, config: int, inputs: bytes) -> bytes | None:
    """cerebro._infer."""
    _require_worker()
    predictor = _models.pop((run, config), None)
    if predictor is None:
        return None
    _models[run, config] = predictor
    return pack({PREDICTIONS: predictor.predict(unpack(inputs))})


@raises_in_sql
def measure(plpy: Any, spec: str, found: bytes) -> str:
    """cerebro._measure."""
    rebuilt, tensors = _spec_of(plpy, spec), unpack(found)
    if rebuilt.registered("loss"):
        # Which the framework computes; metrics are NumPy's.
        training.configure(1, rebuilt.framework)
    output, registered = rebuilt.signature.output, measures(rebuilt)
    truth, predictions = tensors[TRUTH], tensors[FOUND]
    weights = tensors.get(WEIGHTS)
    loss = training.mean_loss(rebuilt, truth, predictions, weights, poll=_poll_of(plpy))
    thresholds = tensors.get(THRESHOLDS)
    measured = metrics.measure(
        output, truth, predictions, registered, thresholds=thresholds, weights=weights
    )
    return json.dumps(storable({"loss": loss, **measured}))


@raises_in_sql
def hold(
    plpy: Any, dataset: int, validation: bool, partition: int, seq: int, payload: bytes
) -> None:
    """cerebro._hold."""
    _require_worker()
    _cache.hold(PartitionKey(dataset, validation, partition), seq, payload)


@raises_in_sql
def train(plpy: Any, spec: str, unit: str, state: bytes | None) -> dict[str, Any]:
    """cerebro._train."""
    what = json.loads(unit)
    dataset, partition = what["dataset"], what["partition"]
    rows = _cache.chunks(PartitionKey(dataset, False, partition), what["chunks"])
    held_out = (
        _cache.chunks(PartitionKey(dataset, True, 0), what["validation_chunks"])
        if what["validation_chunks"]
        else []
    )
    begun = _begin(plpy, spec, what, state)
    for chunk in rows:
        (begun.work.evaluate if begun.measures else begun.work.train)(chunk)
    for chunk in held_out:
        begun.work.evaluate(chunk)
    return _finish(begun)


@raises_in_sql
def begin_unit(plpy: Any, spec: str, unit: str, state: bytes | None) -> None:
    """cerebro._begin_unit."""
    global _stream, _streamed
    _streamed = begun = _begin(plpy, spec, json.loads(unit), state)
    work = begun.work
    _stream = _Stream(work.evaluate, None if begun.measures else work.train)


@raises_in_sql
def feed(plpy: Any, validation: bool, seq: int, payload: bytes) -> None:
    """cerebro._feed."""
    if _stream is None:
        raise _nothing_begun()
    if seq not in (_stream.due, 0):
        raise CacheMiss(f"chunk {seq} came where chunk {_stream.due} was due")
    _stream.due = seq + 1
    take = _stream.evaluate if validation or _stream.train is None else _stream.train
    take(unpack(payload))


@raises_in_sql
def finish_unit(plpy: Any) -> dict[str, Any]:
    """cerebro._finish_unit."""
    global _stream, _streamed
    begun, _stream, _streamed = _streamed, None, None
    if begun is None:
        raise _nothing_begun()
    return _finish(begun)


@raises_in_sql
def begin_appraisal(plpy: Any, spec: str, what: str, state: bytes) -> None:
    """cerebro._begin_appraisal."""
    global _appraisal, _stream
    _require_worker()
    asked = json.loads(what)
    poll = _poll_of(plpy)
    if _appraisal is None or asked["first"]:
        _appraisal = Appraisal(poll)
    built = _learned_of(_own_spec_of(plpy, spec), asked)
    predictor: training.Predictor | None = forward.of_state(built.signature, state)
    if predictor is None:
        predictor = training.predictor(built, training.weights_of(state), poll=poll)
    _appraisal.begin(asked["config"], built, predictor, asked.get("fold", 0))
    _stream = _Stream(_appraisal.evaluate)


@raises_in_sql
def finish_appraisal(plpy: Any, what: str) -> str:
    """cerebro._finish_appraisal."""
    global _appraisal, _stream
    appraisal, _appraisal, _stream = _appraisal, None, None
    if appraisal is None:
        raise CacheMiss("no appraisal was begun in this process")
    return json.dumps(appraisal.finish(Asked.from_json(json.loads(what))).to_json())


def _begin(plpy: Any, spec: str, what: dict[str, Any], state: bytes | None) -> _Begun:
    _require_worker()
    started = datetime.now(UTC)
    key = training.UnitKey(
        what["seed"], what["config"], what["epoch"], what["partition"], what["fold"]
    )
    built = _learned_of(_own_spec_of(plpy, spec), what)
    lender = None
    if what.get("begins") and built.pretrained is not None:
        if state is None:
            raise DataError(
                "the weights are missing that this configuration begins with",
                detail=f"cerebro._pretrained has none of sha256 {built.pretrained.sha256}.",
                hint="Restore them from a backup, or start another run.",
            )
        lender = _spec_of(plpy, lender_in(state))
    progress = training.Progress(**what["progress"])
    work = training.begin(built, key, state, progress=progress, lender=lender, poll=_poll_of(plpy))
    return _Begun(work, started, what["measures"])


def _learned_of(spec: Spec, what: dict[str, Any]) -> Spec:
    """Return the model of a fold's network, if what is told has what that has learned of labels."""
    if not (learned := what.get("output")):
        return spec
    return spec.learned_of(Signature.from_json({"inputs": [], "output": learned}).output)


def _own_spec_of(plpy: Any, document: str) -> Spec:
    """Return a configuration that this process can compute; see ``_spec_of``.

    Raises:
        NotPermitted: it is another framework's.
    """
    spec, own = _spec_of(plpy, document), training.framework()
    if spec.framework != own:
        raise NotPermitted(
            f"this session computes nothing with {SPOKEN[spec.framework]}",
            detail=f"It has {SPOKEN[own]}, and a process has one framework.",
            hint="Only cerebro_db's own sessions are workers.",
        )
    return spec


def _spec_of(plpy: Any, document: str) -> Spec:
    """Return the configuration, of which nothing is executed but what administrators registered.

    Raises:
        NotPermitted: it carries other code.
    """
    spec = Spec.from_json(json.loads(document))
    for code in spec.code:
        plan = plpy.prepare(_REGISTERED, ["text"] * 3)
        if not plpy.execute(plan, [code.name, code.kind, code.sha256]):
            raise NotPermitted(
                f"{code.kind} {code.name} is not registered as this model has it",
                detail=f"No administrator has registered sha256 {code.sha256}, or it was dropped.",
                hint="See cerebro.code.",
            )
    return spec


def _poll_of(plpy: Any) -> Callable[[], None]:
    """Return what lets PostgreSQL notice a cancel, or that the client is gone: a statement."""
    return partial(plpy.execute, "select")


def _nothing_begun() -> InvalidArgument:
    return InvalidArgument("no unit was begun in this session")


def _finish(begun: _Begun) -> dict[str, Any]:
    result = begun.work.finish()
    return {
        "new_state": result.state,
        "rows": result.rows,
        "training": json.dumps(storable(result.training)),
        "validation": None
        if result.validation is None
        else json.dumps(storable(result.validation)),
        "started": begun.started.isoformat(),
        "finished": datetime.now(UTC).isoformat(),
        "segment": _segment,
    }


def _require_worker() -> None:
    """Keep the framework out of processes that no worker has got ready."""
    if _segment is None:
        raise NotReady(
            "this session is no worker",
            detail="Training and loading models happen in sessions that cerebro_db opens itself.",
            hint="Use cerebro_fit and cerebro_predict.",
        )
