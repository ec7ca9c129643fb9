"""A search over optimizers: each has its own state, which hops and is taken up again."""

from __future__ import annotations

from typing import Any, get_args

import psycopg
import pytest
from fix_outcomes import curves, last_states
from fix_server import Connection

from cerebro_db.model.frameworks import Framework
from cerebro_db.testing.calls import call, drop, fit, prepare

OPTIMIZERS = ["adam", "nadam", "adafactor", "lion", "muon"]
SEARCH: dict[str, Any] = {
    "model": {"family": "mlp", "hidden": [6, 4], "dropout": 0.1, "global_clipnorm": 0.5},
    "space": {"optimizer": OPTIMIZERS, "learning_rate": [0.01]},
    "workers": 2,
    "seed": 7,
}


@pytest.fixture(scope="module", autouse=True)
def points(connection: Connection) -> None:
    connection.execute(
        "create table spots as select i % 7 as a, (i * 7919) % 1009 as b, i % 3 as c,"
        " i % 7 > 3 and (i * 7919) % 1009 > 300 as y from generate_series(1, 1500) i"
    )
    prepare(connection, "spots", "spots", "y", partitions=3)


def hashes(connection: Connection, run: str) -> dict[int, str]:
    """Return the hash of the last state of each configuration."""
    return {config: state for config, (_, state) in last_states(connection, run).items()}


@pytest.mark.parametrize("framework", get_args(Framework))
def test_states_hop_and_are_taken_up_to_the_same_bits(
    connection: Connection, framework: Framework
) -> None:
    search = SEARCH | {"options": {"keep": len(OPTIMIZERS), "framework": framework}}
    board = fit(connection, "at once", "spots", **search, epochs=3)
    assert sorted(row[1] for row in board) == [1, 2, 3, 4, 5]
    fit(connection, "in parts", "spots", **search | {"workers": 1}, epochs=1)
    before = hashes(connection, "in parts")
    call(connection, "cerebro_resume", "in parts", None, 3)
    due = hashes(connection, "at once")
    assert len(set(due.values())) == len(OPTIMIZERS)
    assert hashes(connection, "in parts") == due
    assert not due.items() & before.items()
    learned = curves(connection, "at once")
    assert curves(connection, "in parts") == learned
    # Each of them learns.
    losses = {(config, epoch): loss for config, epoch, _, loss, _ in learned}
    assert all(losses[config, 3] < losses[config, 1] for config in range(1, 6))
    for run in ("at once", "in parts"):
        drop(connection, run)


@pytest.mark.parametrize(
    ("model", "space", "says", "hint"),
    [
        ({"optimizer": "lyon"}, {}, "optimizer must be one of adam, adamw", '"lion"'),
        ({}, {"optimizer": ["adam", "muons"]}, "optimizer must be one of adam, adamw", '"muon"'),
        ({"optimizer": "lion", "epsilon": 1e-8}, {}, 'lion has no parameter "epsilon"', ""),
        ({"optimizer": "muon"}, {"amsgrad": [True]}, 'muon has no parameter "amsgrad"', ""),
        ({"optimizer": "adafactor", "beta_2_decay": 0.8}, {}, "beta_2_decay must be", "below 0"),
        ({"optimizer": "muon", "ns_steps": 2.5}, {}, "ns_steps must be an integer", "1 to 20"),
        (
            {"global_clipnorm": 0},
            {},
            "global_clipnorm must be a number above 0",
            "bound on the norm",
        ),
        ({}, {"clipvalue": ["little"]}, "clipvalue must be a number above 0", ""),
    ],
)
def test_what_no_optimizer_has_is_refused(
    connection: Connection, model: dict[str, Any], space: dict[str, Any], says: str, hint: str
) -> None:
    whole = {"learning_rate": [0.01]} | space
    with pytest.raises(psycopg.Error) as caught:
        fit(connection, "none", "spots", model={"family": "mlp"} | model, space=whole, epochs=1)
    error = caught.value
    assert error.sqlstate == "22023"
    assert says in str(error.diag.message_primary)
    assert hint in str(error.diag.message_hint)
