"""Values that no answer can be given for: refused by row, in bulk, by evaluation and in training.

Numbers so far from those of the training rows that float32 does not hold them, and arrays of
another shape than those that were trained on.
"""

from __future__ import annotations

import pytest
from fix_fit import QUICK, fit
from fix_server import Connection

from cerebro_db.testing.calls import error_of

# A way to have the rows of a table predicted; "{}" is the run, and the table has its name.
WAYS = {
    "row": "select cerebro_score('{0}', t) from {0} t where id >= 1000",
    "label": "select cerebro_predict('{0}', t) from {0} t where id >= 1000",
    "probabilities": "select cerebro_proba('{0}', t) from {0} t where id >= 1000",
    "nameless row": "select cerebro_score('{0}', t) from (select * from {0}) t where id >= 1000",
    "bulk": "select cerebro_predict_table('{0}', '{0}', 'id', 'found')",
    "bulk of a query": "select cerebro_predict_table('{0}', 'select * from {0}', 'id', 'found')",
    "evaluate": "select cerebro_evaluate('{0}', '{0}')",
}

TABLES = """
create table numbers as
select id, id::float8 / 1000 as far, (id % 7)::real as near, id % 2 = 0 as y
from generate_series(1, 200) as id;

create table mixed as select *, (id % 3)::text as kind from numbers;

create table trend as select id, id::float8 / 1000 as far, 10.0 * id as y from numbers;

create table vectors as
select id, array[id, 1.0 / id, id % 3]::float8[] as far, id % 2 = 0 as y from numbers;

create table moments as
select id, timestamp '2020-01-01' + id * interval '1 microsecond' as far, id % 2 = 0 as y
from numbers;

create table scans as
select
    id,
    (select array_agg(own) from (
        select array[array[id * 1e-6, 0, c * 1e-6], array[c * 1e-6, id * 1e-6, 0]]::real[] as own
        from generate_series(1, 6) as c
    ) as cells) as far,
    id % 2 = 0 as y
from numbers;
"""


@pytest.fixture(scope="module", autouse=True)
def runs(connection: Connection) -> None:
    connection.execute(TABLES.encode())
    for table in ("numbers", "mixed", "trend", "vectors", "scans"):
        skip = """options => '{"encode": {"id": "skip"}}'"""
        fit(connection, table, f"select * from {table}", "y", f"{QUICK}, {skip}")


FAR = [
    ("numbers", "1e39"),
    ("numbers", "-1e308"),
    ("numbers", "3.4e38"),
    ("mixed", "3.4e38"),
    ("mixed", "-1e308"),
    ("trend", "1e308"),
    ("vectors", "array[1, -1e308, 1]"),
    ("vectors", "array[1, 1, 3.4e38]"),
    ("scans", "array_fill(3e38::real, array[6, 2, 3])"),
]


def with_row(connection: Connection, table: str, value: str) -> None:
    connection.execute(f"delete from {table} where id >= 1000".encode())
    names = [
        str(row[0])
        for row in connection.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
            " and attname not in ('id', 'far')",
            [table],
        )
    ]
    others = ", ".join(names)
    connection.execute(
        f"insert into {table} (id, far, {others})"
        f" select 1000, {value}, {others} from {table} where id = 7".encode()
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("table", "value"), FAR)
def test_a_number_that_is_too_far_has_no_answer(
    connection: Connection, table: str, value: str, way: str
) -> None:
    with_row(connection, table, value)
    error = error_of(connection, WAYS[way].format(table))
    assert error.sqlstate == "22000"
    assert '"far"' in f"{error} {error.diag.message_detail}"
    assert error.diag.message_hint


SHAPES = [
    ("scans", "array_fill(1.5::real, array[2, 3, 6])"),
    ("scans", "array_fill(1.5::real, array[3, 6, 2])"),
    ("scans", "array_fill(1.5::real, array[36])"),
    ("scans", "array_fill(1.5::real, array[12, 3])"),
    ("scans", "array_fill(null::real, array[6, 2, 3])"),
    ("vectors", "array[array[1, 2, 3]]"),
    ("vectors", "array[array[1], array[2], array[3]]"),
    ("vectors", "array[1, 2]"),
    ("vectors", "array[1, 2, 3, 4]"),
    ("vectors", "array[1, null, 3]"),
    ("vectors", "'{}'"),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("table", "value"), SHAPES)
def test_an_array_of_another_shape_has_no_answer(
    connection: Connection, table: str, value: str, way: str
) -> None:
    with_row(connection, table, value)
    error = error_of(connection, WAYS[way].format(table))
    assert error.sqlstate == "22000"
    assert '"far"' in str(error)


def test_where_an_array_begins_to_count_changes_nothing(connection: Connection) -> None:
    with_row(connection, "vectors", "'[0:2]={7,0.14285714285714285,1}'")
    connection.execute("update vectors set far = '{7,0.14285714285714285,1}' where id = 7")
    rows = connection.execute(
        "select cerebro_score('vectors', t) from vectors t where id in (7, 1000)"
    ).fetchall()
    assert rows[0] == rows[1]
    connection.execute("select cerebro_predict_table('vectors', 'vectors', 'id', 'counted')")
    bulk = connection.execute("select score from counted where id in (7, 1000)").fetchall()
    # A product of matrices may round rows at its edge otherwise.
    assert bulk[0] == pytest.approx(bulk[1], rel=1e-5)
    connection.execute("drop table counted")


@pytest.mark.parametrize(("table", "value"), [*FAR[:2], FAR[4], *FAR[6:]])
def test_validation_rows_are_refused_alike(connection: Connection, table: str, value: str) -> None:
    """Whole: nothing is left of a dataset that was half packed."""
    with_row(connection, table, value)
    prepare = (
        f"select cerebro_prepare('late', 'select *, id > 100 as held from {table}{{}}', 'y',"
        """ validation => 'held', encode => '{{"id": "skip"}}')"""
    )
    error = error_of(connection, prepare.format(""))
    assert error.sqlstate == "22000"
    assert '"far"' in str(error)
    connection.execute(prepare.format(" where id < 1000").encode())
    connection.execute("select cerebro_drop('late', 'dataset')")


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("(10.0 * id)::float8", "1e308"),
        ("(10.0 * id)::float8", "-1e200"),
        ("(id * 1e-6)::real", "3.4e38"),
        ("10.0 * id", "1e400"),
        ("10.0 * id", "-1e5000"),
    ],
)
@pytest.mark.parametrize("held", [False, True])
def test_labels_are_refused_alike(
    connection: Connection, column: str, wrong: str, held: bool
) -> None:
    label = f"case when id = 7 then {wrong} else {column} end"
    call = (
        f"select cerebro_prepare('late', 'select id, {column} as plain, {label} as value,"
        f" id = 7 and {held} as held from numbers', 'value', validation => 'held')"
    )
    if "real" in column and not held:
        # Squared it has its place in float64.
        connection.execute(call.encode())
        connection.execute("select cerebro_drop('late', 'dataset')")
        return
    error = error_of(connection, call)
    assert error.sqlstate == "22000"
    assert '"value"' in str(error)


def test_what_goes_beyond_double_precision_is_told_by_its_column(connection: Connection) -> None:
    connection.execute(
        "create table wide as select id, id::numeric / 7 as far, id % 2 = 0 as y from numbers"
    )
    fit(connection, "wide", "select far, y from wide", "y", QUICK)
    for value in ("1e400", "-1e400"):
        with_row(connection, "wide", value)
        for way in WAYS.values():
            error = error_of(connection, way.format("wide"))
            assert error.sqlstate == "22000"
            assert '"far"' in str(error)
    # What is too small for it is nothing.
    with_row(connection, "wide", "-1e-400")
    connection.execute("update wide set far = 0 where id = 7")
    rows = connection.execute(
        "select cerebro_score('wide', t) from wide t where id in (7, 1000)"
    ).fetchall()
    connection.execute("select cerebro_predict_table('wide', 'wide', 'id', 'small')")
    rows += connection.execute("select score from small where id in (7, 1000)").fetchall()
    assert len({row[0] for row in rows}) == 1


def test_predictions_may_keep_to_the_range_of_training(connection: Connection) -> None:
    """By row, in bulk, and where they are measured; far beyond it without."""
    model = """model => '{"family": "linear", "clip": true}'"""
    source = "select far, y from trend where id <= 200"
    fit(connection, "clipped", source, "y", f"epochs => 1, {model}")
    found = connection.execute(
        "select encoding -> 'output' from cerebro._datasets where name = 'clipped'"
    ).fetchone()
    (low,), (high,) = found[0]["lows"], found[0]["highs"]
    assert 10 <= low < high <= 2000
    rows = "select 1000.0 as far, 0.0 as y union all select -1000.0, 0.0"
    scores = connection.execute(f"select cerebro_score('clipped', t) from ({rows}) t".encode())
    assert sorted(score for (score,) in scores) == [low, high]
    found = connection.execute(f"select cerebro_evaluate('clipped', '{rows}')".encode()).fetchone()
    assert found[0]["mae"] == pytest.approx((low + high) / 2)
