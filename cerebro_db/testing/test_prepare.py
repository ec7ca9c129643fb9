"""cerebro_prepare: every type of column and of label, odd names, odd sizes."""

from __future__ import annotations

from typing import Any

import pytest

from cerebro_db.testing.calls import QUICK, drop, error_of, fit, prepare, rows, value
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import chunk_tables, places

THINGS = """
create table things as
select
    i as id,
    i * 0.25 as amount,
    (i * 7919 % 104729)::float4 as large,
    case when i % 5 > 0 then i % 9 end as holes,
    null::int as nothing,
    'colour ' || i % 5 as colour,
    'city ' || i % 40 as city,
    'this is a longer remark about ' || i as remark,
    i % 3 = 0 as flag,
    date '2026-01-01' + i as day,
    timestamptz '2026-01-01 00:00 UTC' + i * interval '1 hour' as seen,
    array[i, i + 1]::float8[] as pair,
    array[[i, 2], [3, 4]] as grid,
    array(select (i + j) % 7 from generate_series(1, i % 4) j) as basket,
    decode(repeat('0f' || substr('0123456789abcdef', i % 16 + 1, 1) || '0', 8), 'hex') as picture,
    (array['{}', '{red}', '{red,blue}', '{green}'])[1 + i % 4]::text[] as tags,
    i % 2 = 0 as y
from generate_series(1, 400) i
"""


@pytest.fixture(scope="module", autouse=True)
def things(connection: Connection) -> None:
    connection.execute(THINGS)


def choices(connection: Connection, dataset: str) -> dict[str, dict[str, Any]]:
    """Return what became of each column."""
    found = value(connection, "select encoding from cerebro.datasets where dataset = %s", dataset)
    return {choice["column"]: choice for choice in found}


def test_every_type_of_column_is_encoded(connection: Connection) -> None:
    image = {"as": "image", "shape": [4, 4, 1], "dtype": "uint8"}
    row = prepare(
        connection,
        "kinds",
        "things",
        "y",
        partitions=3,
        encode={"id": "skip", "picture": image, "tags": "skip", "basket": {"as": "ids", "size": 7}},
    )
    assert (row.task, row.rows, row.validation_rows, row.partitions) == ("binary", 320, 80, 3)
    kinds = {column: choice["kind"] for column, choice in choices(connection, "kinds").items()}
    assert kinds == {
        "id": "skip",
        "amount": "number",
        "large": "number",
        "holes": "number",
        "nothing": "skip",
        "colour": "onehot",
        "city": "embedding",
        "remark": "text",
        "flag": "number",
        "day": "datetime",
        "seen": "datetime",
        "pair": "vector",
        "grid": "image",
        "basket": "ids",
        "picture": "image",
        "tags": "skip",
    }
    (board,) = fit(connection, "kinds", "kinds", **QUICK)
    assert board.status == "finished"
    predicted = rows(
        connection, "select cerebro_score('kinds', t) as score from things t where id <= 5"
    )
    assert all(0 <= row.score <= 1 for row in predicted)


@pytest.mark.parametrize(
    ("target", "task", "metric"),
    [
        ("flag", "binary", "auc"),
        ("colour", "multiclass", "accuracy"),
        ("amount", "regression", "rmse"),
        ("amount, large", "regression", "rmse"),
        ("tags", "multilabel", "auc"),
    ],
)
def test_every_type_of_label(connection: Connection, target: str, task: str, metric: str) -> None:
    columns = ", ".join({"holes": 0, **dict.fromkeys(target.split(", "))})
    name = f"label {target}"
    row = prepare(connection, name, f"select {columns} from things", target)
    assert row.task == task
    (board,) = fit(connection, name, name, metric=metric, **QUICK)
    assert (board.metric, board.status) == (metric, "finished")
    assert board.value is not None


def test_rows_without_a_label_are_left_out(connection: Connection) -> None:
    prepare(connection, "labelled", "select amount, holes from things", "holes")
    row = rows(
        connection,
        "select rows + validation_rows as used, excluded_rows from cerebro.datasets"
        " where dataset = 'labelled'",
    )[0]
    assert (row.used, row.excluded_rows) == (320, 80)


def test_validation_by_column_and_by_select(connection: Connection) -> None:
    marked = "select amount, y, id % 4 = 0 as held_out from things"
    row = prepare(connection, "by column", marked, "y", validation="held_out")
    assert (row.rows, row.validation_rows, row.features) == (300, 100, 1)
    row = prepare(
        connection,
        "by select",
        "select amount, y from things where id > 50",
        "y",
        validation="select amount, y from things where id <= 50",
    )
    assert (row.rows, row.validation_rows) == (350, 50)
    row = prepare(connection, "none", "select amount, y from things", "y", validation="0")
    assert (row.rows, row.validation_rows) == (400, 0)


def test_names_with_quotes_capitals_and_blanks(connection: Connection) -> None:
    connection.execute('create schema "Odd Schema"')
    connection.execute(
        'create table "Odd Schema"."T""able; drop table x" as select id as "Row Id",'
        ' amount as "A ""quoted"" one", colour as "select", y as "La Bel",'
        ' flag as "' + "x" * 63 + '" from things'
    )
    run, table = "Robert'); drop table runs; --", '"Odd Schema"."T""able; drop table x"'
    assert len(fit(connection, run, table, "La Bel", **QUICK)) == 1
    score = f"select cerebro_score(%s, t) as score from {table} t limit 3"
    assert len(rows(connection, score, run)) == 3
    drop(connection, run)


def test_values_and_names_beyond_ascii(connection: Connection) -> None:
    connection.execute(
        "create table mots as select i as id, (array['é', 'ß', '日本', 'a ''b'' \"c\"'])[1 + i % 4]"
        " as \"mot clé\", (array['été', '冬'])[1 + i % 2] as saison"
        " from generate_series(1, 200) i"
    )
    fit(
        connection,
        "l'été 日本",
        'select "mot clé", saison from mots',
        "saison",
        model={"family": "linear"},
        space={"learning_rate": [0.1]},
        epochs=8,
        options={"partitions": 2},
    )
    found = rows(
        connection,
        "select saison, cerebro_predict(%s, m) as predicted, cerebro_proba(%s, m) as proba"
        " from mots m where id <= 8",
        "l'été 日本",
        "l'été 日本",
    )
    # The word tells the season, so the categories have arrived as they are.
    assert [row.predicted for row in found] == [row.saison for row in found]
    assert {label for row in found for label in row.proba} == {"été", "冬"}


def test_a_dataset_is_replaced_where_one_says_so(connection: Connection) -> None:
    prepare(connection, "twice", "select amount, y from things", "y")
    before = chunk_tables(connection)
    statement = "select cerebro_prepare('twice', 'select amount, flag from things', 'flag'{})"
    assert error_of(connection, statement.format("")).sqlstate == "42710"
    connection.execute(statement.format(", replace := true").encode())
    assert len(chunk_tables(connection)) == len(before)
    assert chunk_tables(connection) != before
    drop(connection, "twice", "dataset")
    assert len(chunk_tables(connection)) == len(before) - 1


@pytest.mark.parametrize(
    "source", ["select amount, y from things where false", "select 1 as a, true as y"]
)
def test_rows_that_teach_nothing_are_refused(connection: Connection, source: str) -> None:
    before = chunk_tables(connection)
    error = error_of(connection, f"select cerebro_prepare('little', '{source}', 'y')")
    assert error.sqlstate == "22000"
    assert chunk_tables(connection) == before


def test_a_hundred_thousand_rows(connection: Connection) -> None:
    connection.execute(
        "create table many as select i as id, sin(i) as a, cos(i) as b, sin(i) > 0 as y"
        " from generate_series(1, 100000) i"
    )
    source = "select a, b, y from many"
    row = prepare(connection, "many", source, "y", partitions=6)
    assert (row.rows, row.validation_rows, row.partitions) == (80_000, 20_000, 6)
    training = [p for p in places(connection, "many") if not p.validation]
    assert sum(p.rows for p in training) == 80_000
    (board,) = fit(connection, "many", "many", epochs=2, space={"learning_rate": [0.01]})
    assert board.value > 0.99
