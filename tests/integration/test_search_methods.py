"""Searches with budgets, and with rules beside the method, through SQL."""

from __future__ import annotations

from typing import Any

import pytest
from fix_server import Connection

from cerebro_db.testing.calls import fit, prepare, rows, value
from cerebro_db.testing.data import load_tumours_into

SPACE = {"learning_rate": {"log": [0.001, 0.1]}, "hidden": [[4], [8]]}
MODEL = {"family": "mlp"}
SEARCHES: dict[str, dict[str, Any]] = {
    "asha by tpe": {"method": "asha", "configs": 6, "sampler": "tpe"},
    "tpe, with rules": {
        "method": "tpe",
        "configs": 6,
        "epochs": 30,
        "prune": {"percentile": 25, "startup": 2},
        "early_stopping": {"patience": 3, "min_delta": 0},
    },
}


@pytest.fixture(scope="module", autouse=True)
def dataset(connection: Connection) -> None:
    load_tumours_into(connection)
    prepare(connection, "tumours data", "tumours", "diagnosis", partitions=2)


@pytest.mark.parametrize("name", SEARCHES)
def test_a_method_searches(connection: Connection, name: str) -> None:
    board = fit(
        connection, name, "tumours data", model=MODEL, space=SPACE, search=SEARCHES[name], epochs=9
    )
    assert board[0][0] == 1
    assert value(connection, "select status from cerebro.runs where run = %s", name) == "finished"
    ends = rows(
        connection, "select status, epochs from cerebro.configs where run = %s order by 1", name
    )
    assert {status for status, _ in ends} <= {"finished", "stopped"}
    assert any(epochs == 9 for _, epochs in ends)
    stopped = rows(
        connection,
        "select reason from cerebro.configs where run = %s and status = 'stopped'",
        name,
    )
    assert all(reason for (reason,) in stopped)


def test_budgets_hold(connection: Connection) -> None:
    for method in ("grid", "halving", "hyperband", "asha", "tpe", "pbt"):
        space = SPACE | ({"learning_rate": [0.01, 0.02, 0.03]} if method == "grid" else {})
        name = f"{method} of 12"
        fit(connection, name, "tumours data", model=MODEL, space=space,
            search={"method": method, "epochs": 12}, epochs=5)  # fmt: skip
        trained = value(
            connection,
            "select count(*) / 2 from cerebro.hops where run = %s",
            name,
        )
        assert 0 < trained <= 12
