"""Common mistakes: each with its SQLSTATE, a DETAIL that says what was found, a HINT that helps."""

from __future__ import annotations

from typing import LiteralString

import psycopg
import pytest

from cerebro_db.testing.callers import status
from cerebro_db.testing.calls import QUICK, error_of, fit, value
from cerebro_db.testing.data import load_tumours_into
from cerebro_db.testing.database import Connection, create_extension, empty_database
from cerebro_db.testing.internals import chunk_tables

REFUSALS = [
    ("cerebro_fit('cancer', 'tumours', 'diagnosis')", "42710", "cerebro_drop"),
    ("cerebro_fit('x', 'tumours')", "42P01", "target"),
    ("cerebro_fit('x', 'tumors', 'diagnosis')", "42P01", '"tumours"'),
    ("cerebro_fit('x', 'tumours', 'diagnose')", "42703", '"diagnosis"'),
    ("cerebro_fit('x', 'tumours', 'diagnosis', epochs := 0)", "22023", ""),
    ("cerebro_fit('x', 'tumours', 'diagnosis', metric := 'acuracy')", "22023", '"accuracy"'),
    ("""cerebro_fit('x', 'tumours', 'diagnosis', '{"family": "mpl"}')""", "22023", '"mlp"'),
    ("""cerebro_fit('x', 'tumours', 'diagnosis', '{"name": "mine"}')""", "42704", ""),
    (
        """cerebro_fit('x', 'tumours', 'diagnosis', space := '{"learning_rat": [1]}')""",
        "22023",
        '"learning_rate"',
    ),
    (
        """cerebro_fit('x', 'tumours', 'diagnosis', options := '{"thread": 2}')""",
        "22023",
        "threads",
    ),
    ("cerebro_prepare('x', 'select 1; select 2', 'a')", "42601", ""),
    ("cerebro_prepare('x', 'delete from tumours', 'a')", "42601", ""),
    ("cerebro_prepare('x', 'select *, 1 as one from tumours', 'one')", "22000", ""),
    ("cerebro_prepare('x', 'tumours', 'diagnosis', partitions := 1000)", "22000", ""),
    ("cerebro_prepare('x', 'tumours', 'diagnosis', validation := '1.5')", "22023", ""),
    ("cerebro_prepare('x', 'tumours', 'diagnosis', features := array['sice'])", "42703", '"size"'),
    ("""cerebro_prepare('x', 'tumours', 'diagnosis', encode := '{"sice": "skip"}')""", "42703", ""),
    (
        "cerebro_prepare('x', 'select point(id, 1) as i, size from tumours', 'size', '{i}')",
        "0A000",
        "Cast",
    ),
    ("cerebro_predict('cancr', t) from tumours t", "42704", '"cancer"'),
    ("cerebro_predict('cancer', s) from (select 1 as a) s", "42703", ""),
    ("cerebro_predict('cancer', 5)", "22023", "whole row"),
    ("cerebro_evaluate('cancer', 'select * from tumours where false')", "22000", ""),
    ("cerebro_predict_table('cancer', 'tumours', 'idd', 'o')", "42703", '"id"'),
    ("cerebro_predict_table('cancer', 'tumours', 'id', 'tumours')", "42P07", ""),
    ("cerebro_drop('nothing')", "42704", ""),
    ("cerebro_model('m', '{}')", "22023", ""),
]


@pytest.fixture(scope="module", autouse=True)
def cancer(connection: Connection) -> None:
    """A run and its dataset, whose names are taken."""
    load_tumours_into(connection)
    fit(connection, "cancer", "tumours", "diagnosis", **QUICK)


@pytest.mark.parametrize(("call", "sqlstate", "hint"), REFUSALS)
def test_refusals(connection: Connection, call: str, sqlstate: str, hint: str) -> None:
    before = chunk_tables(connection)
    error = error_of(connection, f"select {call}")
    assert error.sqlstate == sqlstate, error.diag.message_primary
    assert hint in str(error.diag.message_hint)
    assert chunk_tables(connection) == before


def test_a_dataset_whose_rows_a_backup_left_out(connection: Connection) -> None:
    """What was trained on it predicts, and stays as it is."""
    source = "select size, diagnosis from tumours"
    others = chunk_tables(connection)
    fit(connection, "restored", source, "diagnosis", **QUICK)
    clone = """cerebro_clone('restored', 1, '{"learning_rate": 0.02}', true)"""
    connection.execute(f"select {clone}".encode())
    for table in chunk_tables(connection) - others:
        connection.execute(f"drop table cerebro_data.{table}".encode())
    for call in ("cerebro_resume('restored')", "cerebro_fit('x', 'restored')"):
        error = error_of(connection, f"select {call}")
        assert error.sqlstate == "22000", error.diag.message_primary
    assert status(connection, "restored") == "finished"
    predicted = "select cerebro_score('restored', t) from tumours t limit 1"
    assert value(connection, predicted) is not None


def test_a_database_that_is_not_in_utf8(dsn: str) -> None:
    """Servers before PostgreSQL 13 do not read there what our statements spell in escapes."""
    options: LiteralString = "encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'"
    with (
        empty_database(dsn, options) as latin,
        psycopg.connect(latin, autocommit=True) as session,
    ):
        if session.info.server_version < 130_000:
            with pytest.raises(psycopg.errors.FeatureNotSupported) as caught:
                create_extension(session)
            assert "LATIN1" in str(caught.value.diag.message_detail)
            assert "encoding 'UTF8'" in str(caught.value.diag.message_hint)
        else:
            create_extension(session)
            assert value(session, "select count(*) from cerebro.datasets") == 0


def test_errors_of_the_users_own_sql_come_through(connection: Connection) -> None:
    source = "select 1 / (id - 5) as a, diagnosis from tumours"
    with pytest.raises(psycopg.errors.DivisionByZero):
        fit(connection, "broken", source, "diagnosis")
