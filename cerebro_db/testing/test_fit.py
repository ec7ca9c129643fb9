"""cerebro_fit: what it takes, what the views tell of it, and what it leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from cerebro_db.testing.calls import QUICK, call, drop, error_of, fit, prepare, rows, value
from cerebro_db.testing.data import load_tumours_into
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import chunk_tables, kept_states, state_tables


@pytest.fixture(scope="module", autouse=True)
def tumours(connection: Connection) -> None:
    load_tumours_into(connection)
    connection.execute("create view tumours_view as select * from tumours")
    prepare(connection, "a dataset", "tumours", "diagnosis")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("tumours", "diagnosis"),
        ("tumours_view", "diagnosis"),
        ("select * from tumours where mean_area > 0", "diagnosis"),
        ("with t as (select * from tumours) select t.* from t", "diagnosis"),
        ("a dataset", None),
    ],
)
def test_every_kind_of_source(connection: Connection, source: str, target: str | None) -> None:
    (row,) = fit(connection, f"from {source}"[:60], source, target, **QUICK)
    assert (row.rank, row.status, row.epochs) == (1, "finished", 1)


def test_the_leaderboard_is_ranked_and_stays(connection: Connection) -> None:
    board = fit(
        connection,
        "ranked",
        "a dataset",
        model={"family": "mlp", "hidden": [8]},
        space={"learning_rate": [0.0001, 0.003, 0.03], "batch_size": [32]},
        epochs=3,
        metric="log_loss",
    )
    assert [row.rank for row in board] == [1, 2, 3]
    values = [row.value for row in board]
    assert values == sorted(values)
    assert {row.metric for row in board} == {"log_loss"}
    assert {row.params["learning_rate"] for row in board} == {0.0001, 0.003, 0.03}
    later = rows(
        connection,
        "select rank, config, params, metric, value, loss, validation_loss, epochs, seconds, status"
        " from cerebro.leaderboard where run = 'ranked' order by rank",
    )
    assert [tuple(row) for row in later] == [tuple(row) for row in board]
    assert set(kept_states(connection, "ranked")) == {row.config for row in board}


def test_the_views_tell_of_the_run(connection: Connection) -> None:
    run = rows(connection, "select * from cerebro.runs where run = 'ranked'")[0]
    assert (run.status, run.configs, run.epochs, run.metric) == ("finished", 3, 3, "log_loss")
    assert (run.task, run.seconds > 0) == ("binary", True)
    progress = rows(connection, "select * from cerebro.progress where run = 'ranked'")[0]
    assert (progress.configs_finished, progress.percent, progress.remaining) == (3, 100.0, None)
    assert progress.units == progress.units_planned
    curves = rows(
        connection,
        "select config, epoch, value, loss, validation_loss, training_value"
        " from cerebro.learning_curves where run = 'ranked'",
    )
    assert {(row.config, row.epoch) for row in curves} == {
        (config, epoch) for config in (1, 2, 3) for epoch in (1, 2, 3)
    }
    assert not any(None in row for row in curves)
    done = "select count(*) from cerebro.configs where run = 'ranked' and status = 'finished'"
    assert value(connection, f"{done} and units = units_planned") == 3
    hops = "select count(*) from cerebro.hops where run = 'ranked'"
    assert value(connection, hops) == progress.units


def test_every_view_can_be_asked_with_parameters(connection: Connection) -> None:
    """As drivers do: on Greenplum, a function that a view calls can lose such a query."""
    views = rows(
        connection,
        "select relname::text as name from pg_class c join pg_namespace n on n.oid = relnamespace"
        " where nspname = 'cerebro' and relkind = 'v' and relname !~ '^_' order by 1",
    )
    assert len(views) >= 12
    for view in views:
        query = f"select count(*) from cerebro.{view.name}"
        assert value(connection, f"{query} where %s", True) == value(connection, query), view.name


def test_equal_seeds_give_equal_runs(connection: Connection) -> None:
    search: dict[str, Any] = {
        "model": {"family": "mlp", "hidden": [8], "dropout": 0.3},
        "space": {"learning_rate": {"log": [0.001, 0.1]}},
        "search": {"method": "random", "configs": 2},
        "epochs": 2,
    }
    boards = [
        [
            (row.config, row.params, row.value, row.loss)
            for row in fit(connection, f"seeded {i}", "a dataset", seed=seed, **search)
        ]
        for i, seed in enumerate((5, 5, 6))
    ]
    assert boards[0] == boards[1]
    assert boards[0] != boards[2]


_PICKY = """
import keras

class Picky(keras.layers.Layer):
    def __init__(self, side, **kwargs):
        super().__init__(**kwargs)
        self.side = side

    def build(self, shape):
        if shape[-1] != self.side:
            raise ValueError(f"{shape[-1]} is not {self.side}")

    def call(self, x):
        return x
"""


def test_failing_and_diverging_configurations_do_not_stop_the_others(
    connection: Connection,
) -> None:
    """What only its own code knows to be wrong fails where the model is built."""
    call(connection, "cerebro_register_code", "Picky", "layer", _PICKY)
    layers = [
        {"module": "cerebro", "class_name": "Picky", "config": {"side": "${side}"}},
        {"class_name": "Dense", "config": {"units": "${outputs}"}},
    ]
    model = {"class_name": "Sequential", "config": {"layers": layers}}
    call(connection, "cerebro_model", "picky", model)
    board = fit(
        connection,
        "mixed luck",
        "select mean_texture, mean_radius, mean_area from tumours",
        "mean_area",
        model={"name": "picky", "optimizer": "sgd"},
        space={"side": [2, 3], "learning_rate": [0.01, 1e20]},
        epochs=2,
    )
    found = {(row.params["side"], row.params["learning_rate"]): row.status for row in board}
    assert found == {
        (2, 0.01): "finished",
        (2, 1e20): "diverged",
        (3, 0.01): "failed",
        (3, 1e20): "failed",
    }
    assert (board[0].rank, board[0].status) == (1, "finished")
    reasons = rows(
        connection,
        "select status, error from cerebro.configs where run = 'mixed luck'"
        " and status <> 'finished' order by status",
    )
    assert [row.status for row in reasons] == ["diverged", "failed", "failed"]
    assert all(row.error for row in reasons)
    assert "epoch 1 on partition" in reasons[0].error
    drop(connection, "mixed luck")


def test_drop_leaves_nothing(connection: Connection) -> None:
    before = chunk_tables(connection)
    fit(connection, "passing", "tumours", "diagnosis", **QUICK)
    assert len(chunk_tables(connection)) == len(before) + 1
    drop(connection, "passing")
    assert chunk_tables(connection) == before
    assert state_tables(connection) == set()
    for view in ("runs", "configs", "leaderboard", "learning_curves", "hops"):
        assert rows(connection, f"select * from cerebro.{view} where run = 'passing'") == []
    assert rows(connection, "select * from cerebro.datasets where dataset = 'passing'") == []


def test_a_dataset_is_kept_while_runs_need_it(connection: Connection) -> None:
    prepare(connection, "needed", "select mean_area, size from tumours", "size")
    for run in ("needs it", "needs it too"):
        fit(connection, run, "needed", **QUICK)
    for verb in (
        "drop('needed', 'dataset')",
        "prepare('needed', 'tumours', 'size', replace := true)",
    ):
        error = error_of(connection, f"select cerebro_{verb}")
        assert error.sqlstate == "55006"
        assert "needs it, needs it too" in str(error.diag.message_detail)
    drop(connection, "needs it")
    drop(connection, "needs it too")
    drop(connection, "needed", "dataset")


def test_a_run_in_which_nothing_succeeds_is_an_error(connection: Connection) -> None:
    error = error_of(
        connection,
        """select cerebro_fit('hopeless', 'select mean_area, mean_radius from tumours', 'mean_area',
           model := '{"family": "mlp", "optimizer": "sgd"}', space := '{"learning_rate": [1e20]}')
        """,
    )
    assert error.sqlstate == "38000"
    assert "diverged" in str(error.diag.message_detail)
    assert value(connection, "select status from cerebro.runs where run = 'hopeless'") == "failed"
    error = error_of(connection, "select cerebro_predict('hopeless', t) from tumours t")
    assert error.sqlstate == "22023"
    drop(connection, "hopeless")
