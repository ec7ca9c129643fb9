"""Searches whose caller chooses the framework: what is the same on each, and who works for whom."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg import errors
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

from cerebro_db.tensors import unpack
from cerebro_db.testing.callers import calling, eventually, sessions, status, units
from cerebro_db.testing.calls import call, evaluate, rows, value
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import kept_states
from cerebro_db.testing.test_registered_code import GATE
from cerebro_db.testing.test_registered_code import METRIC as BRIER
from cerebro_db.testing.test_registered_code import MODEL as GATED
from cerebro_db.training.states import weights_in

PROGRAM = Path(sys.executable).with_name("cerebro-db")
FIT = """select * from cerebro_fit(%s, %s, 'y', workers => 2, epochs => %s,
    model => %s, space => '{"learning_rate": [0.01, 0.02]}', metric => %s, options => %s)"""
MLP = {"family": "mlp", "hidden": [8, 4], "batch_size": 32, "dropout": 0.2}
NETWORK = {
    "keras": {
        "class_name": "Sequential",
        "config": {
            "layers": [
                {"class_name": "Dense", "config": {"name": "hidden_1", "units": 6}},
                {"class_name": "LayerNormalization", "config": {"name": "hidden_2"}},
                {"class_name": "Dropout", "config": {"name": "drop", "rate": 0.1}},
                {"class_name": "Dense", "config": {"name": "output", "units": 1}},
            ]
        },
    },
    "batch_size": 32,
}
NUMBERS = "select a::float4, b::float4, y from rows"
EPOCHS = 30
# What a process has loaded that has begun with a framework.
LIBRARIES = {
    "tensorflow": "libtensorflow_framework",
    "jax": "libjax_common",
    "torch": "libtorch_cpu",
}


@pytest.fixture(scope="module")
def connection(dsn: str) -> Iterator[Connection]:
    """The module's connection, with rows to search on."""
    with connect(dsn) as connection:
        connection.execute(
            "create table rows as select i, i % 7 as a, (i * 7919) % 104729 as b,"
            " 'c' || i % 3 as c, i % 2 = 0 as y from generate_series(1, 2000) i"
        )
        yield connection


def connect(dsn: str) -> Connection:
    return psycopg.connect(dsn, autocommit=True, row_factory=namedtuple_row)


def fit(
    session: Connection,
    run: str,
    epochs: int = 2,
    model: dict[str, Any] | None = None,
    *,
    source: str = "rows",
    metric: str | None = None,
    **options: Any,
) -> list[Any]:
    given = [run, source, epochs, Jsonb(model or MLP), metric, Jsonb(options)]
    return session.execute(FIT, given).fetchall()


def states(connection: Connection, run: str) -> dict[int, bytes]:
    return {number: kept.state for number, kept in kept_states(connection, run).items()}


def frameworks(connection: Connection, run: str) -> set[str]:
    found = rows(connection, "select framework from cerebro.configs where run = %s", run)
    return {row.framework for row in found}


def loaded(pids: set[int]) -> set[str]:
    """Return the frameworks whose libraries processes have loaded."""
    maps = [Path(f"/proc/{pid}/maps").read_text() for pid in pids]
    return {name for name, library in LIBRARIES.items() if any(library in text for text in maps)}


def without_jax(session: Connection) -> Connection:
    """Have a session find no JAX, as after an installation without it."""
    session.execute("do language plpython3u $$ import sys; sys.modules['jax'] = None $$")
    return session


def test_runs_wait_for_a_framework_that_is_gone(dsn: str, connection: Connection) -> None:
    model = {"family": "linear"}
    fit(connection, "through", 1, model, framework="jax")
    call(
        connection, "cerebro_submit", "in the queue", "rows", "y", epochs=1, workers=1,
        model=Jsonb(model), options=Jsonb({"framework": "jax"}),
    )  # fmt: skip
    standing = "select config, status, until from cerebro.configs where run = 'through'"
    before = rows(connection, standing)
    with connect(dsn) as session:
        without_jax(session)
        with pytest.raises(errors.ObjectNotInPrerequisiteState, match="JAX is not installed"):
            call(session, "cerebro_resume", "through", 1, 2)
        assert call(session, "cerebro_run_queue", 1)
    assert rows(connection, standing) == before
    assert status(connection, "through") == "finished"
    assert status(connection, "in the queue") == "queued"
    error = value(connection, "select error from cerebro.runs where run = 'in the queue'")
    assert "JAX is not installed" in error
    call(connection, "cerebro_run_queue", 1)
    assert status(connection, "in the queue") == "finished"


@pytest.mark.parametrize("framework", ["jax", "torch"])
def test_a_search_is_broken_off_and_goes_on_to_the_same(
    dsn: str, connection: Connection, framework: str
) -> None:
    whole, torn = f"{framework} whole", f"{framework} torn"
    fit(connection, whole, EPOCHS, framework=framework, threads=1)
    with calling(dsn, lambda session: fit(session, torn, EPOCHS, framework=framework)) as caller:
        eventually(lambda: units(connection, torn) > 3)
        connection.execute("select pg_cancel_backend(%s)", [caller.pid])
    assert isinstance(caller.error, errors.QueryCanceled)
    assert status(connection, torn) == "cancelled"
    assert 3 < units(connection, torn) < EPOCHS * 2 * 2
    call(connection, "cerebro_resume", torn)
    # Each configuration has hopped between two partitions.
    hops = "select count(distinct partition) from cerebro.hops where run = %s group by config"
    assert [row.count for row in rows(connection, hops, torn)] == [2, 2]
    assert states(connection, torn) == states(connection, whole)
    assert frameworks(connection, torn) == {framework}


def test_a_search_on_torch_outlives_a_worker_that_is_killed(
    dsn: str, connection: Connection
) -> None:
    fit(connection, "unharmed", EPOCHS, framework="torch", threads=1)
    others = sessions(connection, "cerebro_db worker")
    search = calling(dsn, lambda session: fit(session, "harmed", EPOCHS, framework="torch"))
    with search:
        eventually(lambda: units(connection, "harmed") > 3)
        worker = min(sessions(connection, "cerebro_db worker") - others)
        connection.execute("select pg_terminate_backend(%s)", [worker])
        eventually(lambda: status(connection, "harmed") != "running")
    assert status(connection, "harmed") == "finished"
    assert states(connection, "harmed") == states(connection, "unharmed")


@pytest.mark.parametrize("framework", ["jax", "torch"])
def test_frameworks_come_to_the_same_and_predict_with_none(
    connection: Connection, framework: str
) -> None:
    model, reference = {**MLP, "dropout": 0.0}, f"tensorflow beside {framework}"
    board = fit(connection, framework, 8, model, framework=framework)
    others = fit(connection, reference, 8, model, framework="tensorflow")
    # Their first weights are drawn by different generators.
    expected = pytest.approx([row.loss for row in others], rel=0.2)
    assert [row.loss for row in board] == expected
    before = sessions(connection, "cerebro_db worker")
    score = value(connection, "select avg(cerebro_score(%s, r)) from rows r", framework)
    assert 0 < score < 1
    best = "select loss from cerebro.leaderboard where run = %s and rank = 1"
    (row,) = rows(connection, best, framework)
    metrics = evaluate(connection, framework, "rows")
    assert metrics["loss"] == pytest.approx(row.loss, rel=0.3)
    assert sessions(connection, "cerebro_db worker") == before


def test_what_comes_in_later_is_of_the_framework_of_its_run(connection: Connection) -> None:
    fit(connection, "grows", framework="jax")
    call(connection, "cerebro_add", "grows", Jsonb({"learning_rate": [0.03]}))
    call(connection, "cerebro_clone", "grows", 1, Jsonb({"learning_rate": 0.04}), from_scratch=True)
    call(connection, "cerebro_resume", "grows")
    found = rows(connection, "select framework, status from cerebro.configs where run = 'grows'")
    assert [tuple(row) for row in found] == [("jax", "finished")] * 4
    more = call(connection, "cerebro_resume", "grows", 1, 3)
    assert max(row.epochs for row in more) == 3


@pytest.mark.parametrize("stated", [{}, {"framework": "auto"}])
def test_tensorflow_is_what_nobody_asks_for(connection: Connection, stated: dict[str, Any]) -> None:
    told: list[str] = []
    connection.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
    name = f"asks nothing {len(stated)}"
    fit(connection, name, 1, **stated)
    assert frameworks(connection, name) == {"tensorflow"}
    assert any("2 workers with TensorFlow" in line for line in told)
    assert (
        value(connection, "select options ->> 'framework' from cerebro.runs where run = %s", name)
        == "tensorflow"
    )


def test_a_run_gets_workers_of_its_framework_alone(dsn: str, connection: Connection) -> None:
    told: list[str] = []
    with connect(dsn) as session:
        session.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
        others = sessions(connection, "cerebro_db worker")
        for turn, name in enumerate(("tensorflow", "jax", "jax", "torch", "tensorflow")):
            fit(session, f"turn {turn}", 1, framework=name)
            own = sessions(connection, "cerebro_db worker") - others
            assert loaded(own) == {name}
    imports = [line.split("import")[1] for line in told if "meanwhile" in line]
    names = ("TensorFlow", "JAX", "PyTorch", "TensorFlow")
    assert imports == [f" {name} meanwhile" for name in names]


def test_a_service_keeps_workers_of_one_framework(dsn: str, connection: Connection) -> None:
    connection.execute("insert into cerebro.settings (warm) values (2)")
    driven = "select submitted from cerebro.runs where run = %s"
    warm = "select pid from cerebro.workers where state = 'warm'"
    with subprocess.Popen([str(PROGRAM), "worker", "--dsn", dsn], text=True) as service:
        try:
            eventually(lambda: len(rows(connection, warm)) == 2)
            for name in ("jax", "tensorflow"):
                with connect(dsn) as session:
                    fit(session, f"served {name}", 1, framework=name)
                assert value(connection, driven, f"served {name}") == (name == "tensorflow")
            # A run of the queue that takes workers of another framework leaves none of them warm.
            call(
                connection, "cerebro_submit", "queued", "rows", "y",
                workers=1, model=Jsonb(MLP), epochs=1, options=Jsonb({"framework": "jax"}),
            )  # fmt: skip
            eventually(lambda: status(connection, "queued") == "finished")
            eventually(lambda: len(rows(connection, warm)) == 2)
            assert loaded({row.pid for row in rows(connection, warm)}) == {"tensorflow"}
        finally:
            service.send_signal(signal.SIGTERM)
            connection.execute("delete from cerebro.settings")


@pytest.mark.parametrize(
    ("lends", "borrows", "model", "source"),
    [
        ("tensorflow", "jax", MLP, "rows"),
        ("jax", "tensorflow", NETWORK, NUMBERS),
        ("tensorflow", "torch", NETWORK, NUMBERS),
        ("torch", "jax", MLP, "rows"),
    ],
)
def test_a_search_begins_with_weights_of_another_framework(
    connection: Connection, lends: str, borrows: str, model: dict[str, Any], source: str
) -> None:
    lender, run = f"{lends} lends to {borrows}", f"{borrows} borrows of {lends}"
    fit(connection, lender, 2, model, source=source, framework=lends)
    wish = {"from": lender, "config": 1, "freeze": "hidden", "optimizer_state": True}
    board = fit(connection, run, 1, wish, source=source, framework=borrows)
    assert {row.status for row in board} == {"finished"}
    assert frameworks(connection, run) == {borrows}
    before, after = (unpack(states(connection, name)[1]) for name in (lender, run))
    floats = [name for name in weights_in(before) if before[name].dtype == np.float32]
    changed = [name for name in floats if not np.array_equal(before[name], after[name])]
    # The output learns on.
    assert len(floats) > 2
    assert changed == floats[-2:]


def test_weights_behind_registered_layers_stay_with_their_framework(
    connection: Connection,
) -> None:
    call(connection, "cerebro_register_code", "Gate", "layer", GATE)
    fit(
        connection,
        "gated",
        1,
        {"keras": GATED["keras"], "width": 3},
        source=NUMBERS,
        framework="tensorflow",
    )
    for model in ({"from": "gated", "config": 1}, {"from": "gated", "config": 1, "family": "mlp"}):
        with pytest.raises(errors.InvalidParameterValue, match=r"Gate.*: JAX cannot") as caught:
            fit(connection, "refused", 1, model, source=NUMBERS, framework="jax")
        assert "TensorFlow's operations" in str(caught.value.diag.message_detail)
    assert not value(connection, "select count(*) from cerebro.runs where run = 'refused'")


def test_registered_metrics_measure_what_any_framework_trains(connection: Connection) -> None:
    call(connection, "cerebro_register_code", "brier", "metric", BRIER)
    (row, _) = fit(connection, "measured", 1, {"family": "linear"}, metric="brier", framework="jax")
    assert row.metric == "brier"
    assert 0 < evaluate(connection, "measured", "rows")["brier"] < 1


def test_what_jax_lacks_is_refused_by_name(connection: Connection) -> None:
    convolving = {
        "class_name": "Sequential",
        "config": {
            "layers": [
                {"class_name": "Reshape", "config": {"target_shape": [2, 1]}},
                {"class_name": "Conv1D", "config": {"filters": 3, "kernel_size": 1}},
                {"class_name": "Flatten", "config": {}},
                {"class_name": "Dense", "config": {"units": 1}},
            ]
        },
    }
    with pytest.raises(errors.InvalidParameterValue, match="JAX cannot train this layer") as caught:
        call(
            connection, "cerebro_fit", "refused", NUMBERS, "y",
            model=Jsonb({"keras": convolving}), options=Jsonb({"framework": "jax"}),
        )  # fmt: skip
    assert "Conv1D" in str(caught.value)
    assert "tensorflow" in str(caught.value.diag.message_hint)
    with pytest.raises(errors.InvalidParameterValue, match="framework") as caught:
        fit(connection, "refused", framework="mxnet")
    assert "tensorflow, jax, torch, auto" in str(caught.value.diag.message_detail)
    assert not value(connection, "select count(*) from cerebro.runs where run = 'refused'")
