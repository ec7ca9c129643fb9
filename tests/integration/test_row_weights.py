"""Rows that count differently: stated with the source, in training and evaluation, and refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fix_server import Connection
from psycopg import sql

from cerebro_db.testing.calls import error_of, evaluate, fit, prepare, value

TABLE = """
create table seen as
select
    i as id, (i * 7919 % 1000)::float8 / 1000 as a, (i * 104729 % 997)::float8 / 997 as b,
    (i % 4)::int as w, (i * 7919 % 1000) > 400 as y
from generate_series(1, 900) as i;

-- Each row as often as it weighs.
create table repeated as
select s.id, s.a, s.b, s.y from seen s, generate_series(1, s.w);
"""
SEARCH: dict[str, Any] = {
    "model": {"family": "linear", "batch_size": 32},
    "space": {"learning_rate": [0.05]},
    "epochs": 2,
}
SKIP = {"encode": {"id": "skip"}}


@pytest.fixture(scope="module", autouse=True)
def runs(connection: Connection) -> None:
    connection.execute(TABLE.encode())
    fit(connection, "weighed", "seen", "y", **SEARCH, options={"weights": "w", **SKIP})


def test_the_column_is_no_feature_and_weighs_chunks(connection: Connection) -> None:
    found = value(
        connection, "select encoding::jsonb from cerebro._datasets where name = 'weighed'"
    )
    assert [feature["column"] for feature in found["features"]] == ["a", "b"]
    assert found["weights"]["column"] == "w"
    assert 1 < found["weights"]["mean"] < 2
    prepare(connection, "by encode", "seen", "y", encode={"w": "weights", "id": "skip"})
    same = value(
        connection, "select encoding::jsonb from cerebro._datasets where name = 'by encode'"
    )
    assert same["weights"] == found["weights"]


def test_evaluation_weighs_rows_where_the_column_is_there(connection: Connection) -> None:
    by_weight = evaluate(connection, "weighed", "seen")
    by_number = evaluate(connection, "weighed", "repeated")
    assert (by_weight.pop("rows"), by_number.pop("rows")) == (900, 1350)
    assert by_weight == pytest.approx(by_number)
    alike = evaluate(connection, "weighed", "select a, b, y from seen")
    assert alike["loss"] != pytest.approx(by_weight["loss"], rel=1e-4)


WRONG = [
    ("select a, y, case when id = 5 then -1 else w end as w from seen", {}, "negative"),
    ("select a, y, case when id <> 5 then w end as w from seen", {}, "NULL"),
    (
        "select a, y, case when id = 5 then 'inf' else w::float8 end as w from seen",
        {},
        "NaN or infinite",
    ),
    ("select a, y, case when id = 5 then 'nan' else w::float8 end as w from seen", {}, "NaN or"),
    ("select a, y, 0 as w from seen", {}, "weighs no row"),
    ("select a, y, w::text as w from seen", {}, "must be numbers"),
    ("select a, y, w from seen", {"weights": "wheight"}, "does not exist"),
    ("select a, y, w from seen", {"weights": "y"}, "cannot hold the weights"),
    ("select a, y, w from seen", {"features": ["a", "w"]}, "cannot be a feature"),
    ("select a, y, w, id from seen", {"encode": {"w": "number"}}, "is no feature"),
    ("select a, y, w, id from seen", {"encode": {"id": "weights"}}, "one column"),
    ("select a, y, w from seen", {"encode": {"w": {"as": "weights", "bins": 3}}}, "no options"),
]


@pytest.mark.parametrize(("source", "options", "says"), WRONG)
def test_what_weighs_no_rows_is_refused(
    connection: Connection, source: str, options: dict[str, Any], says: str
) -> None:
    stated = json.dumps({"weights": "w", **options})
    statement = sql.SQL(
        "select * from cerebro_fit('wrong', {}, 'y', epochs => 1, options => {})"
    ).format(sql.Literal(source), sql.Literal(stated))
    error = error_of(connection, statement.as_string(None))
    assert says in str(error.diag.message_primary)
    assert not value(connection, "select count(*) from cerebro._datasets where name = 'wrong'")


def test_evaluation_refuses_weights_that_are_not_sound(connection: Connection) -> None:
    for column, says in (("-w", "negative"), ("null::int", "NULL"), ("0", "no row to evaluate")):
        source = f"select a, b, y, {column} as w from seen"
        error = error_of(connection, f"select cerebro_evaluate('weighed', '{source}')")
        assert says in str(error.diag.message_primary)


def test_partitions_of_a_fold_count_as_much_as_their_rows(connection: Connection) -> None:
    """Each group of rows is a partition; one weighs nothing, so its metrics are not defined."""
    connection.execute(
        "create view grouped as select id, a, y, id % 10 as part, (id % 10) * w as w from seen"
    )
    options = {"weights": "w", "key": "id", "group": "part", "features": ["a"]}
    dealt = {"validation": "5 folds", "partitions": 10, "restore_best": False}
    fit(connection, "across", "grouped", "y", **SEARCH, options=options | dealt)
    by_rows = connection.execute(
        "select fold, sum(w * (p.prediction::boolean = y)::int)::float8 / sum(w)"
        " from cerebro_predictions('across') p join grouped on id = p.key::int"
        " group by 1 order by 1"
    ).fetchall()
    measured = value(
        connection, "select folds from cerebro.learning_curves where run = 'across' and epoch = 2"
    )
    assert [fold["accuracy"] for fold in measured] == pytest.approx([share for _, share in by_rows])
