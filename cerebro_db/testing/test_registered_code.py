"""Registered code on every engine: a layer, a loss and a metric, to the same bits as without it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from cerebro_db.testing.calls import (
    call,
    error_of,
    evaluate,
    fit,
    predict_table,
    prepare,
    rows,
    value,
)
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import kept_states, training_chunks
from cerebro_db.testing.plain_loop import plain_loop

GATE = """
import keras

class Gate(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.value = self.add_weight(shape=(shape[-1], self.units))
        self.gate = self.add_weight(shape=(shape[-1], self.units))

    def call(self, x):
        return keras.ops.sigmoid(x @ self.gate) * (x @ self.value)
"""
LOSS = """
from keras import ops

def tempered(truth, logits):
    return ops.mean(ops.abs(truth - ops.sigmoid(logits)), axis=-1)
"""
METRIC = """
higher_is_better = False

def brier(truth, predicted):
    return ((predicted - truth) ** 2).mean()
"""
MODEL = {
    "keras": {
        "class_name": "Sequential",
        "config": {
            "layers": [
                {
                    "module": "cerebro",
                    "class_name": "Gate",
                    "registered_name": "cerebro>Gate",
                    "config": {"units": "${width}"},
                },
                {"class_name": "Dense", "config": {"units": "${outputs}"}},
            ]
        },
    },
    "loss": "tempered",
    "learning_rate": 0.02,
}
EPOCHS = 2


@pytest.fixture(scope="module", autouse=True)
def run(connection: Connection) -> list[Any]:
    """The leaderboard of a run that uses all three."""
    connection.execute(
        "create table points as select i as id, sin(i) as a, cos(i * 2) as b,"
        " sin(i) + cos(i * 2) > 0 as y from generate_series(1, 3000) i"
    )
    sources = {"Gate": ("layer", GATE), "tempered": ("loss", LOSS), "brier": ("metric", METRIC)}
    for name, (kind, source) in sources.items():
        call(connection, "cerebro_register_code", name, kind, source)
    prepare(connection, "points", "select a, b, y from points", "y", partitions=3)
    search: dict[str, Any] = {"space": {"width": [3, 8]}, "metric": "brier", "seed": 5}
    return fit(connection, "gated", "points", model=MODEL, epochs=EPOCHS, workers=2, **search)


def test_the_leaderboard_ranks_by_the_registered_metric(
    connection: Connection, run: list[Any]
) -> None:
    values = [row.value for row in run]
    assert values == sorted(values)
    assert [row.metric for row in run] == ["brier"] * 2
    assert {row.status for row in run} == {"finished"}
    (shown,) = rows(connection, "select code, higher_is_better from cerebro.runs")
    versions = rows(connection, "select name, sha256 from cerebro.code order by name")
    assert sorted(shown.code) == sorted(f"{v.name}@{v.sha256[:12]}" for v in versions)
    assert not shown.higher_is_better


def test_weights_are_those_of_a_plain_loop(connection: Connection) -> None:
    chunks = training_chunks(connection, "points")
    kept = kept_states(connection, "gated")
    assert len(kept) == 2
    for config, found in kept.items():
        units = range(found.units)
        assert found.state == plain_loop(found.spec, chunks, 5, config, units), f"config {config}"


def test_rows_are_predicted_and_measured(connection: Connection) -> None:
    assert predict_table(connection, "gated", "points", "id", "predicted") == 3000
    brier = value(
        connection,
        "select avg((p.score - p2.y::int) ^ 2) from predicted p join points p2 on p2.id = p.id",
    )
    measured = evaluate(connection, "gated", "points")
    assert measured["brier"] == pytest.approx(float(brier), rel=1e-5)
    assert measured["accuracy"] > 0.8


def test_a_session_that_failed_in_its_first_call_can_load_a_framework(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as session:
        # On many segments, the others are cancelled where they are: while they import.
        error = error_of(session, "select cerebro_score('nobody', p) from points p")
        assert error.sqlstate == "42704"
        assert value(session, "select count(cerebro_score('gated', p)) from points p") == 3000
