"""What is wrong with an argument is told of that argument, and of no other."""

from __future__ import annotations

import pytest
from fix_fit import QUICK, fit
from fix_server import Connection

from cerebro_db.testing.calls import error_of


@pytest.fixture(scope="module", autouse=True)
def points(connection: Connection) -> None:
    connection.execute(
        "create table points as select i as id, i % 7 as a, i * 0.01 as b, i % 3 = 0 as y"
        " from generate_series(1, 300) i"
    )
    fit(connection, "run", "select a, b, y from points", "y", QUICK)


FAULTS = [
    ("cerebro_prepare('d', 'points', 'z')", "42703", 'target column "z"'),
    ("cerebro_prepare('d', 'points', 'y', features => '{z}')", "42703", 'feature column "z"'),
    ("cerebro_prepare('d', 'points', 'y', features => '{}')", "22023", "features must be"),
    ("cerebro_prepare('d', 'select from from', 'y')", "42601", "source cannot be read"),
    ("cerebro_prepare('d', 'select 1; select 2', 'y')", "42601", "source must be one SELECT"),
    (
        "cerebro_prepare('d', 'points', 'y', validation => 'select from from')",
        "42601",
        "validation cannot be read",
    ),
    (
        "cerebro_prepare('d', 'points', 'y', validation => 'select 1; select 2')",
        "42601",
        "validation must be one SELECT",
    ),
    (
        "cerebro_prepare('d', 'points', 'y', validation => 'delete from points')",
        "42601",
        "validation must be a SELECT that only reads",
    ),
    (
        "cerebro_prepare('d', 'points', 'y', validation => repeat('(', 300000))",
        "54000",
        "validation is too long",
    ),
    ("cerebro_prepare('d', 'points', 'y', validation => 'nope')", "22023", 'validation "nope"'),
    ("cerebro_prepare('d', 'points', 'y', validation => 'a')", "22023", 'validation column "a"'),
    ("cerebro_prepare('d', 'points', 'y', validation => '7')", "22023", "validation fraction"),
    (
        "cerebro_prepare('d', 'points', 'y', validation => 'select a, y from points')",
        "42703",
        'validation column "id"',
    ),
    ("""cerebro_prepare('d', 'points', 'y', encode => '{"z": "skip"}')""", "42703", "features"),
    (
        """cerebro_fit('f', 'points', 'y', options => '{"validation": "select from from"}')""",
        "42601",
        "validation cannot be read",
    ),
    ("cerebro_predict_table('run', 'points', 'z', 'out')", "42703", 'key column "z"'),
    ("cerebro_predict_table('run', 'points', null, 'out')", "22023", "key cannot be NULL"),
    ("cerebro_predict_table('run', 'points', 'id', null)", "22023", "output cannot be NULL"),
    ("cerebro_predict_table('run', 'points', 'id', 'a b')", "22023", "output must be"),
    (
        "cerebro_predict_table('run', 'select id, a from points', 'id', 'out')",
        "42703",
        'feature column "b"',
    ),
    ("cerebro_evaluate('run', 'select a, b from points')", "42703", 'target column "y"'),
    ("cerebro_evaluate('run', 'select a, y from points')", "42703", 'feature column "b"'),
    (
        "cerebro_evaluate('run', 'select a, b::text as b, y from points')",
        "22023",
        'feature column "b" has another type',
    ),
    (
        "cerebro_evaluate('run', 'select a, b, now() as y from points')",
        "22023",
        'target column "y" has another type',
    ),
]


@pytest.mark.parametrize(("call", "sqlstate", "says"), FAULTS)
def test_faults_are_told_of_their_argument(
    connection: Connection, call: str, sqlstate: str, says: str
) -> None:
    error = error_of(connection, f"select {call}")
    assert error.sqlstate == sqlstate, error
    assert says in str(error.diag.message_primary)
