"""Predictions row by row, in bulk, and their evaluation say the same."""

from __future__ import annotations

import psycopg
import pytest

from cerebro_db.testing.calls import drop, error_of, evaluate, fit, predict_table, rows, value
from cerebro_db.testing.data import load_digits_into, load_tumours_into
from cerebro_db.testing.database import Connection

SPACE = {"learning_rate": [0.01], "batch_size": [32]}
# Between one row and thousands of them, the framework adds up in another order.
CLOSE = 1e-5


@pytest.fixture(scope="module", autouse=True)
def runs(connection: Connection) -> None:
    """A run of several classes, of two, and of a number, each with its predictions in a table."""
    load_digits_into(connection)
    load_tumours_into(connection)
    mlp = {"family": "mlp", "hidden": [16]}
    pixels = "select image, digit from digits"
    fit(connection, "digits", pixels, "digit", model=mlp, space=SPACE, epochs=4)
    skip = {"encode": {"id": "skip"}}
    fit(connection, "kind", "tumours", "diagnosis", model=mlp, space=SPACE, epochs=3, options=skip)
    area = "select mean_radius, size, mean_area from tumours"
    fit(connection, "area", area, "mean_area", model=mlp, space=SPACE, epochs=3)
    for run, source in (("digits", "digits"), ("kind", "tumours"), ("area", "tumours")):
        predict_table(connection, run, source, "id", f"{run}_bulk")


@pytest.mark.parametrize(
    ("run", "source", "count"), [("digits", "digits", 1797), ("kind", "tumours", 569)]
)
def test_row_by_row_is_as_in_bulk(
    connection: Connection, run: str, source: str, count: int
) -> None:
    found = rows(
        connection,
        f"select prediction, score, probabilities, cerebro_predict('{run}', t) as label,"
        f" cerebro_score('{run}', t) as one_score, cerebro_proba('{run}', t) as proba"
        f" from {source} t join {run}_bulk b on b.id = t.id where t.id < 60",
    )
    assert len(found) == 60
    for row in found:
        assert row.label == row.prediction
        assert row.one_score == pytest.approx(row.score, abs=CLOSE)
        assert row.proba == pytest.approx(row.probabilities, abs=CLOSE)
        assert sum(row.proba.values()) == pytest.approx(1, abs=CLOSE)
        assert row.label == max(row.proba, key=row.proba.__getitem__)
    assert value(connection, f"select count(distinct id) from {run}_bulk") == count


def test_numbers_are_predicted_in_their_own_units(connection: Connection) -> None:
    found = rows(
        connection,
        "select mean_area, prediction, score, cerebro_predict('area', t)::float8 as label,"
        " cerebro_score('area', t) as one_score, cerebro_proba('area', t) as proba"
        " from tumours t join area_bulk b on b.id = t.id where t.id < 60",
    )
    assert len(found) == 60
    for row in found:
        said = [row.prediction, row.label, row.one_score]
        assert said == pytest.approx([row.score] * 3, rel=CLOSE)
        assert row.proba == {"mean_area": pytest.approx(row.score, rel=CLOSE)}
    correlation = "select corr(mean_area, score) from tumours t join area_bulk b on b.id = t.id"
    assert value(connection, correlation) > 0.9
    columns = rows(
        connection,
        "select attname::text, atttypid::regtype::text from pg_attribute"
        " where attrelid = 'area_bulk'::regclass and attnum > 0 order by attnum",
    )
    types = ["integer", "double precision", "double precision"]
    assert columns == list(zip(["id", "prediction", "score"], types, strict=True))


@pytest.mark.parametrize(
    ("run", "source", "label"), [("digits", "digits", "digit"), ("kind", "tumours", "diagnosis")]
)
def test_evaluation_is_what_the_predictions_say(
    connection: Connection, run: str, source: str, label: str
) -> None:
    found = evaluate(connection, run, source)
    right, count = rows(
        connection,
        f"select avg((prediction = {label}::text)::int)::float8, count(*)"
        f" from {source} t join {run}_bulk b on b.id = t.id",
    )[0]
    assert found["accuracy"] == pytest.approx(right)
    assert found["rows"] == count
    assert right > 0.8


def test_each_configuration_that_is_kept_predicts(connection: Connection) -> None:
    """By its number: row by row, in bulk and measured; without one, the best does."""
    source = "select mean_radius, mean_texture, size, diagnosis from tumours"
    board = fit(
        connection,
        *("several", source, "diagnosis"),
        model={"family": "linear"},
        space={"learning_rate": [0.3, 0.01, 0.0001]},
        epochs=2,
        options={"keep": 2},
    )
    first, second, third = [row.config for row in board]
    for config in (first, second):
        output = f"by_{config}"
        assert predict_table(connection, "several", "tumours", "id", output, config=config) == 569
        found = rows(
            connection,
            f"select b.prediction, b.score, cerebro_predict('several', t, {config}) as label,"
            f" cerebro_score('several', t, {config}) as one_score,"
            f" cerebro_proba('several', t, {config}) as proba"
            f" from tumours t join {output} b on b.id = t.id where t.id < 60",
        )
        assert len(found) == 60
        for row in found:
            assert row.label == row.prediction == max(row.proba, key=row.proba.__getitem__)
            assert row.one_score == pytest.approx(row.score, abs=CLOSE)
        right = value(
            connection,
            "select avg((prediction = diagnosis)::int)::float8"
            f" from tumours join {output} using (id)",
        )
        measured = evaluate(connection, "several", "tumours", config)
        assert measured["accuracy"] == pytest.approx(right)
    different = (
        f"select count(*) from by_{first} a join by_{second} b using (id) where a.score <> b.score"
    )
    assert value(connection, different) > 500
    for without in ("", ", null"):
        other = (
            f"select count(*) from tumours t join by_{first} b on b.id = t.id"
            f" where abs(cerebro_score('several', t{without}) - b.score) > {CLOSE}"
        )
        assert value(connection, other) == 0
    refused = error_of(connection, f"select cerebro_score('several', t, {third}) from tumours t")
    assert f"configurations {first} and {second}" in str(refused.diag.message_detail)
    nowhere = error_of(connection, "select cerebro_score('several', t, 4) from tumours t")
    assert nowhere.sqlstate == "42704"


def test_all_shapes_of_a_row_agree(connection: Connection) -> None:
    """A table's row, a view's with more columns, and a subquery's."""
    connection.execute("create view wider as select 'x'::text as extra, t.* from tumours t")
    queries = [
        "select score from kind_bulk where id < 20 order by id",
        "select cerebro_score('kind', t) from tumours t where id < 20 order by id",
        "select cerebro_score('kind', w) from wider w where id < 20 order by id",
        "select cerebro_score('kind', s) from (select *, 1 as one from tumours offset 0) s"
        " where id < 20 order by id",
    ]
    first, *others = [[row[0] for row in rows(connection, query)] for query in queries]
    assert len(first) == 20
    for other in others:
        assert other == pytest.approx(first, abs=CLOSE)


def test_a_null_row_is_null_and_null_features_are_not(connection: Connection) -> None:
    connection.execute("create table hollow as select * from tumours where false")
    connection.execute("insert into hollow (id) values (1)")
    assert value(connection, "select cerebro_predict('kind', null::hollow)") is None
    label = value(connection, "select cerebro_predict('kind', h) from hollow h")
    assert label in ("benign", "malignant")


def test_a_few_rows_of_many(dsn: str) -> None:
    """On Greenplum one segment's rows are enough, and others are told so in the midst of theirs."""
    for _ in range(3):
        with psycopg.connect(dsn) as fresh:
            for _ in range(2):
                few = fresh.execute("select cerebro_score('kind', t) from tumours t limit 1")
                assert [0 <= score <= 1 for (score,) in few] == [True]


def test_rows_that_have_left_their_segments(dsn: str, connection: Connection) -> None:
    above = "select cerebro_score('kind', t) from (select * from tumours order by id limit 3) t"
    beside = "select cerebro_score('kind', t) from tumours t where id < 3"
    with psycopg.connect(dsn, autocommit=True) as session:
        # Once before the session's own process has loaded the package, and once after.
        for _ in range(2):
            if "Greenplum" in value(connection, "select version()"):
                with pytest.raises(psycopg.Error, match="while segments work on the same query"):
                    session.execute(above)
            else:
                assert len(rows(session, above)) == 3
            assert len(rows(session, beside)) == 3
            assert evaluate(session, "kind", "tumours")["rows"] == 569


def test_one_row_and_none_in_bulk(connection: Connection) -> None:
    query = "select * from tumours where id {}"
    assert predict_table(connection, "kind", query.format("= 3"), "id", "one_row") == 1
    assert value(connection, "select id from one_row") == 3
    assert predict_table(connection, "kind", query.format("< 0"), "id", "no_row") == 0
    assert rows(connection, "select * from no_row") == []


def test_predictions_follow_the_run_in_a_warm_session(connection: Connection) -> None:
    """A session that holds a model notices that its run was dropped, and fitted again."""
    source = "select mean_radius, diagnosis from tumours"
    one = "select cerebro_score('again', t) from tumours t where id = 1"
    scores = []
    for seed in (1, 2):
        fit(connection, "again", source, "diagnosis", space=SPACE, epochs=1, seed=seed)
        scores.append(value(connection, one))
        drop(connection, "again")
        with pytest.raises(psycopg.errors.UndefinedObject):
            connection.execute(one.encode())
    assert scores[0] != scores[1]
