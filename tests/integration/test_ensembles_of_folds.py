"""Ensembles and thresholds of folds: found on what the network of each row's own fold predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crossing import cross, kept, people
from fix_server import Connection

from cerebro_db.testing.calls import call, drop, rows, value
from cerebro_db.training.thresholds import Wish

__all__ = ["people"]

SPACE = {"hidden": [[4], [8], [9], [12]], "learning_rate": [0.03]}
FOUND = {
    "y": "select c.key, c.fold, c.score, p.y = 'low' as truth, c.prediction,"
    " (c.probabilities ->> 'low')::float8 as low",
    "z": "select c.key, c.fold, c.score, p.z as truth",
}


def unseen(connection: Connection, run: str, target: str, config: int | None) -> list[Any]:
    query = (
        f"{FOUND[target]} from cerebro_predictions(%s, %s) c join people p on p.id::text = c.key"
    )
    return rows(connection, f"{query} order by c.key", run, config)


def rmse_of_folds(found: list[Any], scores: np.ndarray) -> float:
    truth, fold = np.array([one.truth for one in found]), np.array([one.fold for one in found])
    errors = [np.sqrt(np.mean((scores - truth)[fold == own] ** 2)) for own in range(1, 6)]
    return float(np.mean(errors))


def total_of_folds(connection: Connection, config: int) -> float:
    found = unseen(connection, "parts", "z", config)
    return sum((one.truth - one.score) ** 2 for one in found) / 5


@pytest.mark.parametrize("refit", [False, True])
def test_an_ensemble_is_selected_on_rows_that_its_networks_have_not_seen(
    connection: Connection, people: None, refit: bool
) -> None:
    options = {"ensemble": 4, "refit": refit}
    cross(connection, "all", "z", space=SPACE, epochs=6, options=options)
    board = rows(connection, "select * from cerebro.leaderboard where run = 'all' order by rank")
    assert board[0].config == 0
    weights = {int(member): weight for member, weight in board[0].params["members"].items()}
    assert len(weights) > 1
    found = unseen(connection, "all", "z", None)
    alone = {
        one.config: np.array([own.score for own in unseen(connection, "all", "z", one.config)])
        for one in board[1:]
    }
    together = np.array([one.score for one in found])
    mean = sum(weight * alone[member] for member, weight in weights.items())
    np.testing.assert_allclose(together, mean, rtol=1e-6)
    assert board[0].value == pytest.approx(rmse_of_folds(found, together), rel=1e-6)
    for one in board[1:]:
        assert one.value == pytest.approx(rmse_of_folds(found, alone[one.config]), rel=1e-4)
        assert one.value > board[0].value
    refitted = {one.config for one in board if one.refit is not None}
    assert refitted == ({*weights, board[1].config} if refit else set())
    assert {config for config, fold in kept(connection, "all") if not fold} == refitted
    score = "select cerebro_score('all', p, %s) from (values (0.3)) p (x)"
    answers = {member: value(connection, score, member) for member in weights}
    answer = sum(weight * answers[member] for member, weight in weights.items())
    assert value(connection, score, None) == pytest.approx(answer, rel=1e-6)


# Of a fold in two parts the mean of what the parts come to is half of what it comes to whole.
TOTAL = """higher_is_better = False
def total(truth, found):
    return float(((truth - found) ** 2).sum())
"""


def test_an_ensemble_is_compared_in_one_measure_where_a_fold_has_several_partitions(
    connection: Connection, people: None
) -> None:
    call(connection, "cerebro_register_code", "total", "metric", TOTAL)
    options = {"ensemble": 4, "partitions": 10}
    cross(connection, "parts", "z", space=SPACE, epochs=6, metric="total", options=options)
    query = "select * from cerebro.leaderboard where run = 'parts' and config {} 0"
    (together,) = rows(connection, query.format("="))
    alone = rows(connection, query.format("<>"))
    assert set(together.params["members"]) <= {str(one.config) for one in alone}
    totals = {
        config: total_of_folds(connection, config) for config in (0, *(one.config for one in alone))
    }
    drop(connection, "parts")
    drop(connection, "total", "code")
    assert together.value == pytest.approx(totals[0], rel=1e-4)
    for one in alone:
        assert one.value == pytest.approx(totals[one.config] / 2, rel=1e-4)
        assert totals[0] < totals[one.config]


@pytest.mark.parametrize("wish", ["f1", {"cost": {"false_positive": 1, "false_negative": 7}}])
def test_a_threshold_is_the_best_on_rows_that_were_not_seen(
    connection: Connection, people: None, wish: Any
) -> None:
    options = {"threshold": wish, "ensemble": 0}
    space = {"hidden": [[4]], "learning_rate": [0.003]}
    (one,) = cross(connection, "above", "y", space=space, epochs=1, options=options)
    found = unseen(connection, "above", "y", one.config)
    truth, low = np.array([own.truth for own in found]), np.array([own.low for own in found])
    parsed = Wish.of(wish)
    assert parsed is not None
    (best,) = parsed.best(truth, low[:, None].astype(np.float32))
    threshold = value(connection, "select threshold from cerebro.leaderboard where run = 'above'")
    assert threshold == pytest.approx(best, abs=1e-6)
    assert best != 0.5
    # What is said of a row goes by it.
    assert all((own.prediction == "low") == (own.low > threshold) for own in found)


def test_who_states_nothing_gets_an_ensemble_of_folds_too(
    connection: Connection, people: None
) -> None:
    connection.execute(
        "select cerebro_fit('nothing', 'people', 'z', epochs => 2,"
        """ options => '{"validation": "3 folds", "features": ["x"]}')"""
    )
    assert value(connection, "select options ->> 'ensemble' from cerebro.runs") == "3"
    board = rows(connection, "select config, value from cerebro.leaderboard order by rank")
    together = [own for own in board if own.config == 0]
    assert not together or together[0] == board[0]
