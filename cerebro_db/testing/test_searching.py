"""Searches that learn: who goes on and who stops depends on results, and on nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cerebro_db.testing.callers import calling, eventually, status, units
from cerebro_db.testing.calls import call, error_of, fit, rows
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import state_tables
from cerebro_db.testing.long_runs import await_units, prepare_points, resume, states

# Brackets of five trials from epoch 1, and of three from epoch 3 on.
EPOCHS = 3
BRACKETS = {1: {1: 3, 3: 1}, 0: {3: 2}}
HYPERBAND: dict[str, Any] = {
    "model": {"family": "mlp", "hidden": [64], "batch_size": 32, "dropout": 0.1},
    "space": {"learning_rate": {"log": [0.0001, 0.1]}},
    "search": {"method": "hyperband"},
    "epochs": EPOCHS,
    "seed": 9,
    "workers": 2,
    "options": {"keep": 10},
}


@pytest.fixture(scope="module", autouse=True)
def points(connection: Connection) -> None:
    prepare_points(connection)


def search(run: str, **more: Any) -> Callable[[Connection], Any]:
    return lambda connection: fit(connection, run, "points", **HYPERBAND | more)


@pytest.fixture(scope="module")
def undisturbed(connection: Connection) -> list[Any]:
    """What came of each configuration of a search that nobody disturbs."""
    search("undisturbed")(connection)
    return outcome(connection, "undisturbed")


def outcome(connection: Connection, run: str) -> list[Any]:
    """Return how each configuration of a run ended, and why."""
    return rows(
        connection,
        "select config, params, status, epochs, best_epoch, bracket, rung, reason"
        " from cerebro.configs where run = %s order by config",
        run,
    )


def decisions(connection: Connection, run: str) -> list[Any]:
    """Return what was decided in a run, whatever the order in which it came."""
    return rows(
        connection,
        "select config, what, epoch, why from cerebro.decisions where run = %s"
        " order by config, epoch, what",
        run,
    )


def test_hyperband_trains_its_brackets(connection: Connection, undisturbed: list[Any]) -> None:
    for bracket, rungs in BRACKETS.items():
        epochs = Counter(row.epochs for row in undisturbed if row.bracket == bracket)
        least = {epoch: sum(n for e, n in epochs.items() if e >= epoch) for epoch in rungs}
        assert least == rungs
    assert {row.status for row in undisturbed if row.epochs == EPOCHS} == {"finished"}
    stopped = [row for row in undisturbed if row.epochs < EPOCHS]
    assert [row.status for row in stopped] == ["stopped"] * 2
    assert all("rung 0 of bracket 1" in row.reason for row in stopped)
    assert state_tables(connection) == set()


def test_what_was_decided_can_be_read(connection: Connection, undisturbed: list[Any]) -> None:
    found = decisions(connection, "undisturbed")
    assert Counter(row.what for row in found) == {"go on": 1, "stop": 2}
    values = dict(
        rows(
            connection,
            "select config, value from cerebro.learning_curves"
            " where run = 'undisturbed' and epoch = 1",
        )
    )
    (winner,) = (row.config for row in found if row.what == "go on")
    losers = [row.config for row in found if row.what == "stop"]
    assert values[winner] >= max(values[config] for config in losers)


@pytest.mark.parametrize("workers", [1, 3])
def test_the_number_of_workers_changes_nothing(
    connection: Connection, undisturbed: list[Any], workers: int
) -> None:
    run = f"with {workers}"
    search(run, workers=workers)(connection)
    assert outcome(connection, run) == undisturbed
    assert decisions(connection, run) == decisions(connection, "undisturbed")
    assert states(connection, run) == states(connection, "undisturbed")


def test_a_search_that_was_interrupted_goes_on_as_it_would_have(
    dsn: str, connection: Connection, undisturbed: list[Any]
) -> None:
    for after in (3, 9, 15):
        begin = search("broken") if after == 3 else resume("broken")
        with calling(dsn, begin) as caller:
            await_units(connection, "broken", after)
            caller.connection.cancel_safe()
            caller.finish()
        eventually(lambda: status(connection, "broken") in ("cancelled", "finished"))
    if status(connection, "broken") != "finished":
        resume("broken")(connection)
    assert outcome(connection, "broken") == undisturbed
    assert decisions(connection, "broken") == decisions(connection, "undisturbed")
    assert states(connection, "broken") == states(connection, "undisturbed")


def test_who_rests_is_not_waited_for(dsn: str, connection: Connection) -> None:
    """A rung is decided without it; woken, it trains as far as its bracket goes."""
    slowly = {"model": {**HYPERBAND["model"], "hidden": [512, 512]}}
    with calling(dsn, search("one rests", **slowly)) as caller:
        await_units(connection, "one rests", 1)
        call(connection, "cerebro_stop", "one rests", 1)
        caller.finish()
    assert caller.error is None
    by_config = {row.config: row for row in outcome(connection, "one rests")}
    assert by_config.pop(1).status == "resting"
    # It may have had its place in the next rung by then.
    assert {row.status for row in by_config.values()} == {"finished", "stopped"}
    assert "rested" in [row.what for row in decisions(connection, "one rests")]
    call(connection, "cerebro_resume", "one rests", 1)
    (woken,) = (row for row in outcome(connection, "one rests") if row.config == 1)
    assert (woken.status, woken.epochs) == ("finished", EPOCHS)


def test_who_diverges_is_not_waited_for(connection: Connection) -> None:
    fit(
        connection,
        "diverges",
        "points",
        **HYPERBAND
        | {
            "space": {"learning_rate": [0.01, 0.02, 0.03, 1e30], "optimizer": ["sgd"]},
            "search": {"method": "halving", "configs": 4},
        },
    )
    found = Counter(row.status for row in outcome(connection, "diverges"))
    assert found == {"finished": 1, "stopped": 2, "diverged": 1}


def test_people_may_bring_in_more(dsn: str, connection: Connection) -> None:
    slowly = {"model": {**HYPERBAND["model"], "hidden": [512, 512]}}
    with calling(dsn, search("more", **slowly)) as caller:
        await_units(connection, "more", 2)
        call(connection, "cerebro_add", "more", {"learning_rate": [0.005]})
        caller.finish()
    assert caller.error is None
    (added,) = (
        row
        for row in rows(connection, "select * from cerebro.configs where run = 'more'")
        if row.origin == "added"
    )
    assert (added.status, added.epochs) == ("finished", EPOCHS)
    error = error_of(
        connection,
        """select cerebro_add('more', '{"learning_rate": 1}', '{"method": "halving"}')""",
    )
    assert error.sqlstate == "22023"


def test_a_budget_in_seconds_ends_a_search(connection: Connection) -> None:
    fit(
        connection,
        "short",
        "points",
        **HYPERBAND
        | {
            "search": {"method": "random", "configs": 3, "seconds": 2},
            "epochs": 100_000,
        },
    )
    assert status(connection, "short") == "finished"
    found = outcome(connection, "short")
    assert {row.status for row in found} == {"stopped"}
    assert all("2 s" in row.reason for row in found)
    assert [row.what for row in decisions(connection, "short")] == ["time is up"]
    done = units(connection, "short")
    error = error_of(connection, "select cerebro_resume('short')")
    assert error.sqlstate == "22023"
    assert units(connection, "short") == done
    assert rows(connection, "select cerebro_score('short', p) from points p limit 1")


def test_a_budget_in_epochs_goes_round(connection: Connection) -> None:
    fit(
        connection,
        "seven epochs",
        "points",
        **HYPERBAND | {"search": {"method": "random", "configs": 3, "epochs": 7}, "epochs": 100},
    )
    assert sorted(row.epochs for row in outcome(connection, "seven epochs")) == [2, 2, 3]


def test_one_that_needs_too_much_fails_alone(connection: Connection) -> None:
    board = fit(
        connection,
        "too much",
        "points",
        **HYPERBAND
        | {"space": {"hidden": [[8], [16], [60_000, 60_000]]}, "search": {"method": "grid"}},
    )
    assert Counter(row.status for row in board) == {"finished": 2, "failed": 1}
    (failed,) = (row for row in outcome(connection, "too much") if row.status == "failed")
    assert "weights" in failed.reason or "parameters" in failed.reason
    error = error_of(
        connection,
        "select cerebro_fit('all too much', 'points', null,"
        """ '{"family": "mlp"}', '{"hidden": [[60000, 60000]]}')""",
    )
    assert error.sqlstate == "54000"


OTHERS: dict[str, dict[str, Any]] = {
    "asha": {"method": "asha", "configs": 6, "parallel": 3},
    "pbt": {"method": "pbt", "configs": 4, "interval": 1},
    "tpe": {"method": "tpe", "configs": 6, "parallel": 2},
    "bohb": {"method": "hyperband", "sampler": "tpe"},
    "pruned": {"method": "random", "configs": 6, "prune": "median"},
    "patient": {"method": "random", "configs": 4, "early_stopping": {"patience": 1}},
}


@pytest.mark.parametrize("name", OTHERS)
def test_each_method_comes_to_its_end_also_if_interrupted(
    dsn: str, connection: Connection, name: str
) -> None:
    """Who goes on with it finds the search deciding as it did, or it would say so."""
    begin = search(name, search=OTHERS[name], epochs=4)
    for after in (2, 12):
        with calling(dsn, begin if after == 2 else resume(name)) as caller:
            await_units(connection, name, after)
            caller.connection.cancel_safe()
            caller.finish()
        eventually(lambda: status(connection, name) in ("cancelled", "finished"))
        before = decisions(connection, name)
    if status(connection, name) != "finished":
        resume(name)(connection)
    assert status(connection, name) == "finished"
    found = outcome(connection, name)
    assert {row.status for row in found} <= {"finished", "stopped"}
    assert all(row.reason for row in found if row.status == "stopped")
    after_all = decisions(connection, name)
    assert all(decision in after_all for decision in before)
    assert state_tables(connection) == set()


def test_a_population_hands_on_its_states(connection: Connection) -> None:
    search(
        "population",
        search={"method": "pbt", "configs": 4, "interval": 1, "quantile": 0.5},
        epochs=4,
        workers=1,
    )(connection)
    heirs = rows(
        connection,
        "select c.*, p.params as before from cerebro.configs c"
        " join cerebro.configs p on p.run = c.run and p.config = c.parent"
        " where c.run = 'population'",
    )
    assert heirs
    for heir in heirs:
        assert heir.origin == "search"
        assert heir.params != heir.before
        own = rows(
            connection,
            "select epoch from cerebro.learning_curves where run = 'population' and config = %s"
            " order by epoch",
            heir.config,
        )
        # It began where the other one was, and not anew.
        assert own == [] or own[0].epoch > 1
