"""Golden files of what workers are sent: for every place of a unit, from cache and streamed."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import psycopg
import pytest
from canned import CLUSTER, PARTITIONS
from recording import LOOPBACK, TARGETS, Recorder

from cerebro_db.engines import Durability, RunPlace, WorkerLimits
from cerebro_db.engines.postgres import inference
from cerebro_db.engines.sessions import workers
from cerebro_db.engines.sessions.engine import SessionEngine
from cerebro_db.engines.sessions.workers import Worker
from cerebro_db.errors import CacheMiss, NotReady
from cerebro_db.model.frameworks import TENSORFLOW
from cerebro_db.store import serving
from cerebro_db.tensors import pack
from cerebro_db.training.appraisal import Asked
from cerebro_db.units import Network, Unit

UNITS = {
    "the first unit of all": Unit(4, 1, 2, 0, last=False, onward=0, order=(2, 0, 1), epochs=2),
    "a unit in the middle": Unit(4, 1, 0, 1, last=False, onward=1, order=(2, 0, 1), epochs=2),
    "the last unit of an epoch": Unit(4, 1, 1, 2, last=True, onward=0, order=(2, 0, 1), epochs=2),
    "the first unit of the second epoch": Unit(
        4, 2, 0, 0, last=False, onward=1, order=(0, 1, 2), epochs=2
    ),
}

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TRAINED = {"rows": 3000, "training": {"loss": 0.5}, "validation": None}
# On Greenplum the record of cerebro._train goes through the planner.
RESULT = (b"state", 3000, {"loss": 0.5}, None, THEN, THEN, 1)


# Asks for the configuration's spec.
_SPEC = "as spec\nfrom cerebro._configs"


def recorder_of(target: str) -> Recorder:
    return Recorder(
        target,
        {
            "group by validation": PARTITIONS,
            **CLUSTER,
            _SPEC: [{"spec": {"family": "linear"}}],
            "select state from cerebro._pretrained": [{"state": b"other"}],
            "_begin_unit": [{}],
            "returning rows": [TRAINED],
            "as result": [{"result": RESULT}],
        },
    )


def opened(
    recorder: Recorder,
    cache_bytes: int,
    *,
    validate: bool = True,
    durability: Durability = "async",
) -> SessionEngine:
    """Return an engine that has been told of a run; it opens no session."""
    limits = WorkerLimits(TENSORFLOW, 2, cache_bytes)
    engine = recorder.server.open_engine(recorder, limits, 0, "ann", lambda: None)
    assert isinstance(engine, SessionEngine)
    engine.place(RunPlace(6, 8, 11, 3, 2, validate, durability))
    return engine


def run_unit(recorder: Recorder, engine: SessionEngine, unit: Unit) -> None:
    """Have a worker whose cache is empty run a unit."""
    recorder.run(engine._steps.steps(0, new_worker(engine, (0, 1)), unit))


def new_worker(engine: SessionEngine, segments: tuple[int, ...]) -> Worker:
    connection = SimpleNamespace(info=SimpleNamespace(backend_pid=4711))
    return Worker(connection, LOOPBACK, engine._sessions.limits, segments, engine._sessions)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("way", "cache_bytes"), [("cached", 10_000), ("streamed", 1_000)])
def test_units_are_golden(target: str, way: str, cache_bytes: int) -> None:
    recorder = recorder_of(target)
    recorder.title("in the control session: where the partitions lie")
    engine = opened(recorder, cache_bytes)
    for name, unit in UNITS.items():
        recorder.title(name)
        run_unit(recorder, engine, unit)
    recorder.title("in the control session: the same without validation rows")
    engine = opened(recorder, cache_bytes, validate=False)
    name = "the last unit of an epoch"
    recorder.title(f"{name}, without validation")
    run_unit(recorder, engine, UNITS[name])
    spec = {"family": "linear", "pretrained": {"sha256": "0f"}}
    recorder.answers = {**recorder.answers, _SPEC: [{"spec": spec}]}
    recorder.title("in the control session: configurations that begin with another run's weights")
    engine = opened(recorder, cache_bytes)
    recorder.title("a first unit of them")
    run_unit(recorder, engine, UNITS["the first unit of all"])
    recorder.check(f"units_{way}")


@pytest.mark.parametrize("target", TARGETS)
def test_comparisons_are_golden(target: str) -> None:
    recorder = recorder_of(target)
    recorder.title("in the control session: where the partitions lie")
    engine = opened(recorder, 10_000)
    recorder.answers = {"_finish_appraisal": [{"found": {}}], **recorder.answers}
    spec = {"family": "linear"}
    for config, first in ((4, True), (2, False)):
        recorder.title(f"configuration {config} predicts the validation rows")
        steps = engine._steps.predict_measured((1,), Network(config), spec, b"state", first=first)
        recorder.run(steps)
    recorder.title("what follows from that")
    asked = Asked((4, 2), "auc", higher_is_better=True, most=3, threshold="f1")
    recorder.run(engine._steps.compare((1,), asked.to_json()))
    recorder.check("comparisons")


@pytest.mark.parametrize("target", TARGETS)
def test_starting_a_worker_and_mending_it_are_golden(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = recorder_of(target)
    recorder.title("in the control session: where the partitions lie")
    engine = opened(recorder, 10_000)
    recorder.title("a new worker, on segment 0")
    monkeypatch.setattr(os, "getpid", lambda: 4710)
    recorder.answers = {"clock_timestamp": [{"before": None, "standby": False}], **recorder.answers}
    worker = new_worker(engine, (0,))
    recorder.run(workers._introduce(worker))
    recorder.run(workers._get_ready(worker))
    train = "cerebro._train"
    for title, lost in [("not ready", NotReady), ("without its cache", CacheMiss)]:
        error = type("Lost", (psycopg.Error,), {"sqlstate": lost.sqlstate})
        recorder.answers = {train: error(), **recorder.answers}
        recorder.title(f"a unit whose worker turns out to be {title}")
        run_unit(recorder, engine, UNITS["a unit in the middle"])
    recorder.title("in the control session: a run that may lose nothing")
    engine = opened(recorder, 10_000, durability="full")
    recorder.title("a unit of it")
    run_unit(recorder, engine, UNITS["a unit in the middle"])
    recorder.title("in the control session: a run that may lose what is inside of epochs")
    engine = opened(recorder, 10_000, durability="epoch")
    for name in ("a unit in the middle", "the last unit of an epoch"):
        recorder.title(f"{name} of it")
        run_unit(recorder, engine, UNITS[name])
    recorder.check("workers")


def test_predictions_by_a_worker_are_golden() -> None:
    recorder = Recorder("postgresql")
    recorder.title("predictions by a model that the worker does not hold yet")
    inputs = pack({"numeric": np.zeros((2, 3), np.float32)})
    recorder.answers = {"_infer": [{"payload": None}], "_load_model": [{}]}
    recorder.run(inference._steps(serving.ServedNetwork(6, 4, installation=1), inputs))
    recorder.check("inference")
