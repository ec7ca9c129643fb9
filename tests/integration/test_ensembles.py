"""The mean of several configurations answers where it is better; thresholds decide on labels."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from fix_server import Connection
from psycopg import errors

from cerebro_db.testing.calls import call, drop, error_of, evaluate, rows, value
from cerebro_db.testing.data import load_tumours_into

HELD_OUT = "select * from parted where held_out"


def fit(connection: Connection, run: str, space: dict[str, Any], **options: Any) -> None:
    """Search a space, and rank by the loss of probabilities."""
    options = {"validation": "held_out", "encode": {"id": "skip"}, "notices": "none"} | options
    connection.execute(
        """select cerebro_fit(%s, 'select * from parted', 'diagnosis', epochs => 4, seed => 3,
            metric => 'log_loss', model => '{"family": "mlp"}', space => %s, options => %s)""",
        [run, json.dumps(space), json.dumps(options)],
    )


WIDTHS = {"hidden": [[8], [9], [10], [12]], "learning_rate": 0.03}


@pytest.fixture(scope="module", autouse=True)
def data(connection: Connection) -> None:
    load_tumours_into(connection)
    connection.execute("create table parted as select *, id % 3 = 0 as held_out from tumours")
    fit(connection, "together", WIDTHS, ensemble=4)


def members(connection: Connection, run: str) -> dict[int, float]:
    (params,) = rows(
        connection, "select params from cerebro.leaderboard where run = %s and config = 0", run
    )[0]
    return {int(config): weight for config, weight in params["members"].items()}


def ensemble(connection: Connection, run: str) -> list[Any]:
    """Return the line of a run's ensemble."""
    query = "select rank, params, value, validation_loss from cerebro.leaderboard"
    return rows(connection, f"{query} where run = %s and config = 0", run)


def log_loss(connection: Connection, run: str, config: int | None) -> float:
    ((found,),) = call(connection, "cerebro_evaluate", run, HELD_OUT, config)
    return float(found["log_loss"])


def test_an_ensemble_has_a_line_of_its_own(connection: Connection) -> None:
    board = rows(
        connection,
        "select rank, config, metric, value, loss, epochs, status, params_text, best_epoch"
        " from cerebro.leaderboard where run = 'together' order by rank",
    )
    _, config, metric, reached, loss, epochs, status, text, best_epoch = board[0]
    assert [line[0] for line in board] == [1, 2, 3, 4, 5]
    assert (config, metric, loss, epochs, status, best_epoch) == (
        *(0, "log_loss", None, 0, "finished", None),
    )
    assert reached < min(line[3] for line in board[1:])
    weights = members(connection, "together")
    assert 2 <= len(weights) <= 4
    assert sum(weights.values()) == pytest.approx(1)
    assert json.loads(text.removeprefix("members=")) == {str(c): w for c, w in weights.items()}
    assert value(connection, "select configs from cerebro.runs where run = 'together'") == 4
    assert log_loss(connection, "together", 0) == pytest.approx(reached, abs=1e-6)


def test_it_answers_for_the_run_as_the_mean_of_its_members(connection: Connection) -> None:
    weights = members(connection, "together")
    found = rows(
        connection,
        "select id, cerebro_score('together', t), cerebro_score('together', t, 0),"
        " (cerebro_proba('together', t) ->> 'malignant')::float8, cerebro_predict('together', t)"
        " from tumours t order by id",
    )
    apart = sum(
        weight
        * np.array(
            rows(
                connection,
                "select cerebro_score('together', t, %s) from tumours t order by id",
                config,
            )
        )[:, 0]
        for config, weight in weights.items()
    )
    scores = np.array([line[1] for line in found])
    assert scores == pytest.approx(apart, abs=1e-6)
    assert [line[2] for line in found] == scores.tolist()
    positive = [line[3] for line in found]
    assert positive == pytest.approx(scores, abs=1e-6)
    call(connection, "cerebro_predict_table", "together", "tumours", "id", "by_mean")
    bulk = rows(connection, "select id, score, prediction from by_mean order by id")
    assert [line[1] for line in bulk] == pytest.approx(scores, abs=1e-6)
    assert [line[2] for line in bulk] == [line[4] for line in found]
    assert evaluate(connection, "together", HELD_OUT)["log_loss"] == pytest.approx(
        log_loss(connection, "together", 0)
    )


def test_as_many_are_kept_as_may_answer_together(connection: Connection) -> None:
    fit(connection, "three", WIDTHS, ensemble=3, keep=1)
    kept = "select count(distinct member) from cerebro._serving where run = %s"
    assert value(connection, kept, "three") == 3
    assert len(members(connection, "three")) <= 3


@pytest.mark.parametrize("options", [{"ensemble": False}, {"ensemble": 0}, {}, {"ensemble": 1}])
def test_none_is_made_that_nobody_asked_for(
    connection: Connection, options: dict[str, Any]
) -> None:
    fit(connection, "alone", WIDTHS, **options)
    board = "select count(*) from cerebro.leaderboard where run = %s and config = 0"
    assert value(connection, board, "alone") == 0
    error = error_of(connection, "select cerebro_score('alone', t, 0) from tumours t")
    assert isinstance(error, errors.UndefinedObject)
    drop(connection, "alone")


def test_a_search_of_which_nothing_is_stated_may_make_one(connection: Connection) -> None:
    connection.execute("select cerebro_fit('open', 'tumours', 'diagnosis', epochs => 1)")
    assert (
        value(connection, "select options ->> 'ensemble' from cerebro.runs where run = 'open'")
        == "3"
    )
    stated = "select distinct options ->> 'ensemble' from cerebro.runs where run in ('alone', 'x')"
    fit(connection, "x", {"hidden": [[2]], "learning_rate": 0.01})
    assert rows(connection, stated) == [("0",)]


def test_equal_searches_have_equal_ensembles(connection: Connection) -> None:
    fit(connection, "again", WIDTHS, ensemble=4)
    assert ensemble(connection, "again") == ensemble(connection, "together")


def test_a_planner_that_dies_before_it_is_written_leaves_it_to_the_next(
    connection: Connection,
) -> None:
    before = ensemble(connection, "again")
    for statement in (
        "delete from cerebro._members where run = %s",
        "delete from cerebro._appraisals where run = %s",
        "update cerebro._runs set status = 'running', planner = 'gone' where id = %s",
    ):
        number = value(connection, "select id from cerebro._runs where name = 'again'")
        connection.execute(statement.encode(), [number])
    assert value(connection, "select status from cerebro.runs where run = 'again'") == "interrupted"
    connection.execute("select cerebro_resume('again')")
    assert ensemble(connection, "again") == before


def test_members_that_train_on_answer_as_they_are_in_the_end(connection: Connection) -> None:
    best = max(members(connection, "again"), key=members(connection, "again").__getitem__)
    connection.execute("select cerebro_resume('again', %s, 6)", [best])
    reached = value(
        connection, "select min(value) from cerebro.leaderboard where run = 'again' and rank = 1"
    )
    assert log_loss(connection, "again", None) == pytest.approx(reached, abs=1e-6)


def test_nothing_of_it_is_left_of_a_run_that_is_dropped(connection: Connection) -> None:
    drop(connection, "again")
    for table in ("_members", "_appraisals"):
        left = (
            f"select count(*) from cerebro.{table} where run not in (select id from cerebro._runs)"
        )
        assert value(connection, left) == 0


@pytest.mark.parametrize(
    ("wish", "expected"),
    [(0.9, 0.9), ("f1", None), ({"cost": {"false_negative": 50, "false_positive": 1}}, None)],
)
def test_a_threshold_decides_on_labels(
    connection: Connection, wish: object, expected: float | None
) -> None:
    fit(connection, "decided", WIDTHS, threshold=wish, ensemble=4)
    fit(connection, "even", WIDTHS, ensemble=4)
    shown = "select threshold from cerebro.leaderboard where run = 'decided' and rank = 1"
    threshold = value(connection, shown)
    assert expected in (None, threshold)
    found = rows(
        connection,
        "select cerebro_predict('decided', t), cerebro_score('decided', t),"
        " cerebro_score('even', t) from tumours t",
    )
    assert {(label == "malignant") == (score > threshold) for label, score, _ in found} == {True}
    assert all(score == even for _, score, even in found)
    decided, even = (evaluate(connection, run, HELD_OUT) for run in ("decided", "even"))
    if wish == "f1":
        assert decided["f1"] >= even["f1"]
    call(connection, "cerebro_predict_table", "decided", "parted", "id", "labelled")
    right = "select avg((prediction = diagnosis)::int)::float8 from labelled join parted using (id)"
    assert value(connection, f"{right} where held_out") == pytest.approx(decided["accuracy"])
    connection.execute("drop table labelled")
    for run in ("decided", "even"):
        drop(connection, run)


def test_each_label_has_a_threshold(connection: Connection) -> None:
    connection.execute(
        """create table labelled as
        select id, x, array_remove(array[
            case when x > 0.8 then 'high' end, case when x < 0.5 then 'low' end
        ], null) as labels
        from (select i as id, i % 100 / 100.0::float8 as x from generate_series(1, 900) i) r"""
    )
    connection.execute(
        """select cerebro_fit('labels', 'labelled', 'labels', epochs => 3, options => '{
            "threshold": "f1", "encode": {"id": "skip"}}', space => '{"learning_rate": 0.01}')"""
    )
    shown = "select threshold from cerebro.leaderboard where run = 'labels'"
    threshold = value(connection, shown)
    assert threshold.keys() == {"high", "low"}
    found = rows(
        connection,
        "select cerebro_predict('labels', t), cerebro_proba('labels', t) from labelled t",
    )
    for labels, proba in found:
        above = [label for label in ("high", "low") if proba[label] > threshold[label]]
        assert labels == "{" + ",".join(above) + "}"


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("mean_radius", {"threshold": "f1"}),
        ("diagnosis", {"threshold": "f1", "validation": 0}),
        ("diagnosis", {"threshold": "best"}),
        ("diagnosis", {"ensemble": -1}),
    ],
)
def test_what_makes_no_sense_is_refused(
    connection: Connection, target: str, options: dict[str, Any]
) -> None:
    verb = f"select cerebro_fit('refused', 'tumours', '{target}', options => "
    error = error_of(connection, f"{verb}'{json.dumps(options)}')")
    assert isinstance(error, errors.InvalidParameterValue)
