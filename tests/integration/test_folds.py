"""Cross-validation: partitions are folds, and no network has seen the rows of its own."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from crossing import cross, encoding_of, kept, people, without
from fix_server import Connection

from cerebro_db.folds import Folds
from cerebro_db.testing.callers import Caller, calling, eventually, sessions, status, units
from cerebro_db.testing.calls import call, error_of, rows, value
from cerebro_db.testing.internals import specs, training_chunks
from cerebro_db.training import forward

__all__ = ["people"]

RANKED = "select config from cerebro.leaderboard where run = %s and rank = %s"


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("y", {"restore_best": False}),
        ("z", {"restore_best": False, "order": "seen"}),
        ("z", {"restore_best": False, "cache_mb": 0, "partitions": 10}),
    ],
)
def test_each_row_is_predicted_by_a_network_trained_without_its_fold(
    connection: Connection, people: None, target: str, options: dict[str, Any]
) -> None:
    space = {"label_weights": ["balanced"]} if target == "y" else {"learning_rate": [0.03]}
    (row,) = cross(connection, "cv", target, options=options, space=space)
    chunks, encoding = training_chunks(connection, "cv"), encoding_of(connection, "cv")
    folds = Folds(len(chunks), 5, forward="order" in options)
    spec, states = specs(connection, "cv")[1], kept(connection, "cv")
    found = rows(connection, "select * from cerebro_predictions('cv')")
    assert len({one.key for one in found}) == len(found)
    measured = []
    for fold in folds.networks:
        own = spec.learned_of(encoding.folds[fold - 1])
        state = without(own, chunks, 1, fold, folds, epochs=2)
        assert state == states[1, fold]
        predictor = forward.of_state(own.signature, state)
        assert predictor is not None
        predicted = np.concatenate(
            [predictor.predict(chunk) for p in folds.measured(fold) for chunk in chunks[p]]
        )
        scores = np.array([one.score for one in found if one.fold == fold])
        np.testing.assert_array_equal(np.sort(scores), np.sort(predicted.max(axis=1)))
        truth = dict(
            connection.execute(f"select id::text, {target} from people".encode()).fetchall()
        )
        of_fold = [one for one in found if one.fold == fold]
        if target == "z":
            errors = [one.score - truth[one.key] for one in of_fold]
            measured.append(float(np.sqrt(np.mean(np.square(errors)))))
        else:
            right = [one.prediction == truth[one.key] for one in of_fold]
            measured.append(float(np.mean(right)))
    name = "rmse" if target == "z" else "accuracy"
    curve = rows(connection, "select * from cerebro.learning_curves where run = 'cv'")[-1]
    np.testing.assert_allclose([fold[name] for fold in curve.folds], measured, rtol=1e-5)
    assert curve.validation[name] == pytest.approx(np.mean(measured))
    own = [fold[row.metric] for fold in curve.folds]
    board = rows(connection, "select * from cerebro.leaderboard where run = 'cv'")[0]
    assert row.value == pytest.approx(np.mean(own))
    assert board.deviation == pytest.approx(np.std(own, ddof=1))


def test_what_serves_is_the_mean_of_the_networks(connection: Connection, people: None) -> None:
    for target in ("y", "z"):
        cross(connection, target, target)
        encoding = encoding_of(connection, target)
        best = value(connection, RANKED, target, 1)
        states = kept(connection, target)
        inputs = encoding.encode({"x": np.array([0.3, 0.95])})
        answers = []
        for fold in range(1, 6):
            predictor = forward.of_state(encoding.of_fold(fold).signature, states[best, fold])
            assert predictor is not None
            answers.append(predictor.predict(inputs)[:, 0])
        served = rows(
            connection,
            "select cerebro_score(%s, p) as score from (values (0.3), (0.95)) p (x)",
            target,
        )
        np.testing.assert_allclose([one.score for one in served], np.mean(answers, axis=0), 1e-6)


def test_what_a_fold_holds_changes_nothing_for_its_network(
    connection: Connection, people: None
) -> None:
    """Forward in time, nothing that comes later does."""
    connection.execute(
        "create table other as select id, x, household, seen,"
        " case when seen >= '2020-04-11' then z * 1e6 - 5 else z end as z from people;"
        "alter table other add primary key (id)"
    )
    options = {"order": "seen", "restore_best": False}
    for source in ("people", "other"):
        cross(connection, source, "z", source=source, options=options)
    first, second = kept(connection, "people"), kept(connection, "other")
    assert {fold for _, fold in first if first[1, fold] == second[1, fold]} == {1}
    connection.execute("drop table other")


def test_rows_are_dealt_evenly_together_or_forward(connection: Connection, people: None) -> None:
    with_rows = (
        "select p.*, c.fold from cerebro_predictions(%s) c join people p on p.id = c.key::int"
    )
    cross(connection, "even")
    shares = rows(
        connection,
        "select fold, count(*) as rows, count(*) filter (where y = 'high') as high"
        f" from ({with_rows}) s group by fold",
        "even",
    )
    assert [one.rows for one in shares] == [120] * 5
    assert max(one.high for one in shares) - min(one.high for one in shares) <= 1
    cross(connection, "together", options={"group": "household"})
    homes = rows(
        connection,
        f"select household, count(distinct fold) as folds from ({with_rows}) s group by 1",
        "together",
    )
    assert {one.folds for one in homes} == {1}
    cross(connection, "forward", options={"order": "seen"})
    spans = rows(
        connection,
        f"select fold, min(seen), max(seen), count(*) as rows from ({with_rows}) s group by 1"
        " order by 1",
        "forward",
    )
    assert [one.fold for one in spans] == [1, 2, 3, 4, 5]
    assert all(one.max < after.min for one, after in pairwise(spans))
    # What lies before the first fold is only trained on.
    assert sum(one.rows for one in spans) == 500


def test_moments_fill_all_folds_however_many_rows_they_have(
    connection: Connection, people: None
) -> None:
    """Six moments of 2 to 340 rows make six parts, in their order, and none of them is divided."""
    connection.execute(
        "create view uneven as select id, x, z, case when id <= 60 then 1 when id <= 400 then 2"
        " when id <= 406 then (id + 5) / 2 - 200 else 6 end as moment from people"
    )
    cross(connection, "uneven", "z", source="uneven", options={"order": "moment", "key": "id"})
    spans = rows(
        connection,
        "select fold, min(moment), max(moment), count(*) as rows from cerebro_predictions('uneven')"
        " c join uneven u on u.id::text = c.key group by 1 order by 1",
    )
    assert [one.fold for one in spans] == [1, 2, 3, 4, 5]
    assert all(one.max < after.min for one, after in pairwise(spans))
    moments = rows(connection, "select moment, count(*) as rows from uneven group by 1 order by 1")
    assert sum(one.rows for one in spans) == sum(
        own.rows for own in moments if own.moment >= spans[0].min
    )


def _search(run: str) -> Any:
    return lambda connection: cross(
        connection, run, epochs=12, options={"keep": 2, "restore_best": False}
    )


def _a_caller_that_dies(connection: Connection, caller: Caller) -> None:
    connection.execute("select pg_terminate_backend(%s)", [caller.pid])


def _workers_that_die(connection: Connection, caller: Caller) -> None:
    for pid in sessions(connection, "cerebro_db worker"):
        connection.execute("select pg_terminate_backend(%s)", [pid])


@pytest.mark.parametrize("interrupt", [_a_caller_that_dies, _workers_that_die])
def test_whatever_interrupts_them_networks_come_to_the_same(
    dsn: str, connection: Connection, people: None, interrupt: Any
) -> None:
    with calling(dsn, _search("whole")) as caller:
        caller.finish()
    assert caller.error is None
    with calling(dsn, _search("broken")) as caller:
        for count in (7, 60, 150):
            if caller.is_alive():
                eventually(lambda: units(connection, "broken") >= count or not caller.is_alive())  # noqa: B023
                interrupt(connection, caller)
                if interrupt is _a_caller_that_dies:
                    break
    eventually(lambda: not sessions(connection, "cerebro_db control"))
    if status(connection, "broken") != "finished":
        call(connection, "cerebro_resume", "broken")
    assert kept(connection, "broken") == kept(connection, "whole")
    curves = (
        "select config, epoch, value, deviation, folds from cerebro.learning_curves"
        " where run = %s order by 1, 2"
    )
    assert rows(connection, curves, "broken") == rows(connection, curves, "whole")


def test_a_configuration_trains_on_with_all_its_networks(
    connection: Connection, people: None
) -> None:
    options = {"keep": 2, "restore_best": False}
    cross(connection, "long", epochs=4, options=options)
    cross(connection, "short", epochs=2, options=options)
    call(connection, "cerebro_resume", "short", None, 4)
    assert kept(connection, "short") == kept(connection, "long")
    found = rows(
        connection, "select epochs, units, units_planned from cerebro.configs where run = 'short'"
    )
    assert set(found) == {(4, 100, 100)}


def test_searches_see_one_configuration(connection: Connection, people: None) -> None:
    board = cross(
        connection,
        "halved",
        search={"method": "halving"},
        space={"learning_rate": {"log": [0.0001, 0.1]}},
        epochs=4,
    )
    assert len({row.epochs for row in board}) > 1
    told = value(connection, "select count(*) = count(distinct told) from cerebro._epochs")
    assert told


REFUSED = {
    "1 fold": ("y", {"validation": "1 fold"}, "2 to 100 folds"),
    "fewer partitions": ("y", {"partitions": 3}, "at least 5 partitions"),
    "fewer groups": ("y", {"group": "same"}, "too few groups"),
    "NULL groups": ("y", {"group": "gap"}, "is NULL in 1 row"),
    "NULL order": ("y", {"order": "gap"}, "is NULL in 1 row"),
    "few moments": ("y", {"order": "same"}, "too few different values"),
    "both": ("y", {"group": "household", "order": "seen"}, "not both"),
    "no folds": ("y", {"validation": "0.2", "group": "household"}, "goes with folds"),
    "one class": ("y", {"group": "y", "validation": "2 folds"}, "as their group"),
    "a key that is none": ("y", {"key": "household"}, "is no key"),
    "no such column": ("y", {"key": "nobody"}, "does not exist"),
    "bins by the target": ("y", {"encode": {"x": {"as": "number", "bins": "target"}}}, "folds"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_is_refused(connection: Connection, people: None, what: str) -> None:
    target, options, says = REFUSED[what]
    document = json.dumps({"validation": "5 folds", **options})
    error = error_of(
        connection,
        f"select cerebro_fit('no', 'people', '{target}', options => '{document}')",
    )
    assert says in str(error.diag.message_primary) + str(error.diag.message_detail)
    assert not rows(connection, "select * from cerebro.datasets")


def test_a_fold_of_one_class_is_refused(connection: Connection, people: None) -> None:
    error = error_of(
        connection,
        "select cerebro_prepare('sorted', 'select id, x, y, id as place from people where x <= 0.8"
        " union all select id, x, y, id + 1000 from people where x > 0.8', 'y',"
        """ validation => '4 folds', options => '{"order": "place"}')""",
    )
    assert "have one class" in str(error.diag.message_primary)


def test_predictions_need_folds_keys_and_rights(connection: Connection, people: None) -> None:
    cross(connection, "held out", options={"validation": "0.2"})
    assert "no folds" in str(error_of(connection, "select cerebro_predictions('held out')"))
    cross(connection, "view", source="faces")
    assert "no key" in str(error_of(connection, "select cerebro_predictions('view')"))
    cross(connection, "named", source="faces", options={"key": "id"})
    assert len(rows(connection, "select * from cerebro_predictions('named')")) == 600
    worse = value(connection, RANKED, "named", 2)
    other = rows(connection, "select score from cerebro_predictions('named', %s)", worse)
    assert len(other) == 600
    connection.execute("create role nosy login")
    connection.execute("select cerebro_grant('nosy', 'train')")
    connection.execute("select cerebro_share('named', 'nosy')")
    connection.execute("set role nosy")
    assert "named" in str(error_of(connection, "select cerebro_predictions('named')"))
    connection.execute("reset role")
    connection.execute("select cerebro_revoke('nosy')")
    connection.execute("drop role nosy")
