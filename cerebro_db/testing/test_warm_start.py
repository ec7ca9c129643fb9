"""Runs that begin with the weights of another run's configuration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cerebro_db.testing.callers import calling, eventually, sessions
from cerebro_db.testing.calls import call, drop, error_of, fit, prepare, rows, value
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import KeptConfig, kept_states, training_chunks
from cerebro_db.testing.long_runs import await_units
from cerebro_db.testing.plain_loop import plain_loop
from cerebro_db.training.states import lent_state

PARTITIONS, EPOCHS = 3, 2
BASE: dict[str, Any] = {
    "model": {"family": "mlp", "hidden": [12, 6], "batch_norm": True},
    "space": {"learning_rate": [0.003, 0.01]},
    "options": {"keep": 2},
}


@pytest.fixture(scope="module", autouse=True)
def base(connection: Connection) -> None:
    """The run whose weights others begin with."""
    connection.execute(
        "create table points as select i as id, sin(i) as a, cos(i * 2) as b,"
        " sin(i) + cos(i * 2) > 0 as y from generate_series(1, 3000) i"
    )
    prepare(connection, "points", "select a, b, y from points", "y", partitions=PARTITIONS)
    fit(connection, "base", "points", epochs=EPOCHS, **BASE)


def warm(connection: Connection, run: str, model: dict[str, Any], **more: Any) -> list[Any]:
    search = {"epochs": EPOCHS, "workers": 2, "seed": 3, "options": {"keep": 3}, **more}
    return fit(connection, run, "points", model={"from": "base", **model}, **search)


def lent(
    connection: Connection, config: int, *, optimizer: bool = False
) -> tuple[KeptConfig, bytes]:
    """Return a configuration of the other run, and its state as others begin with it."""
    lender = kept_states(connection, "base")[config]
    return lender, lent_state(lender.spec, lender.state, optimizer=optimizer)


@pytest.mark.parametrize("cache_mb", [64, 0])
@pytest.mark.parametrize("optimizer", [True, False])
def test_weights_are_those_of_a_plain_loop(
    connection: Connection, cache_mb: int, optimizer: bool
) -> None:
    run = f"warm {cache_mb} {optimizer}"
    model = {"config": 2, "freeze": ["hidden_1*"], "optimizer_state": optimizer}
    options = {"keep": 3, "cache_mb": cache_mb}
    warm(connection, run, model, space={"l2": [0, 0.001]}, options=options)
    lender, begun = lent(connection, 2, optimizer=optimizer)
    chunks = training_chunks(connection, "points")
    kept = kept_states(connection, run)
    assert sorted(kept) == [1, 2]
    for config, found in kept.items():
        assert found.spec.frozen == ("hidden_1", "hidden_1_norm")
        units = range(found.units)
        expected = plain_loop(found.spec, chunks, 3, config, units, state=begun, lender=lender.spec)
        assert found.state == expected, f"config {config}"


def test_with_all_layers_frozen_the_loss_is_the_others(connection: Connection) -> None:
    (row,) = warm(connection, "frozen", {"freeze": "*"})
    (expected,) = rows(
        connection,
        "select l.validation_loss as loss from cerebro.learning_curves l"
        " join cerebro.leaderboard b on b.run = l.run and b.config = l.config"
        " join cerebro._runs r on r.name = l.run"
        " join cerebro._kept_states k on k.run = r.id and k.config = l.config and k.rank = 1"
        " where l.run = 'base' and b.rank = 1 and l.epoch = k.units / %s",
        PARTITIONS,
    )
    found = rows(
        connection,
        "select validation_loss as loss from cerebro.learning_curves where run = 'frozen'",
    )
    assert len(found) == EPOCHS
    np.testing.assert_allclose([one.loss for one in found], expected.loss, rtol=0, atol=1e-6)
    assert row.status == "finished"


def test_it_is_broken_off_and_goes_on_when_the_other_run_is_gone(
    dsn: str, connection: Connection
) -> None:
    """To the weights that it would have had."""
    fit(connection, "gone", "points", epochs=1, **BASE)
    search: dict[str, Any] = {
        "space": {"l2": [0, 0.001]},
        "epochs": 20,
        "workers": 2,
        "options": {"keep": 2},
    }
    model = {"from": "gone", "batch_size": 32}
    fit(connection, "undisturbed", "points", model=model, **search)
    with calling(dsn, lambda c: fit(c, "broken", "points", model=model, **search)) as caller:
        await_units(connection, "broken", 1)
        rows(connection, "select pg_cancel_backend(%s)", caller.pid)
    eventually(lambda: not sessions(connection, "cerebro_db control"))
    assert caller.error is not None
    drop(connection, "gone")
    # This one begins after the other run is gone.
    assert value(connection, "select cerebro_add('broken', '{\"l2\": [0.1]}')") == 1
    board = call(connection, "cerebro_resume", "broken")
    assert {row.status for row in board} == {"finished"}
    states = {
        run: {config: kept.state for config, kept in kept_states(connection, run).items()}
        for run in ("broken", "undisturbed")
    }
    common = states["broken"].keys() & states["undisturbed"].keys()
    assert common
    for config in common:
        assert states["broken"][config] == states["undisturbed"][config], f"config {config}"


@pytest.mark.parametrize(
    ("model", "sqlstate"),
    [
        ('{"from": "nobody"}', "42704"),
        ('{"from": "base", "config": 9}', "42704"),
        ('{"from": "base", "freeze": ["hidden_9"]}', "22023"),
    ],
)
def test_what_is_not_there_is_refused(connection: Connection, model: str, sqlstate: str) -> None:
    statement = f"select cerebro_fit('refused', 'points', model := '{model}')"
    assert error_of(connection, statement).sqlstate == sqlstate
