"""Queries in which people call verbs: in loops, and to store the rows that they return."""

from __future__ import annotations

import psycopg
import pytest

from cerebro_db.testing.calls import QUICK, drop, error_of, fit, rows, value
from cerebro_db.testing.data import load_tumours_into
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import chunk_tables, is_greenplum

# Every verb with arguments that it refuses, and the SQLSTATE; None, where it has nothing to do.
CALLS = {
    "cerebro_add('nothing', '{}')": "42704",
    "cerebro_cancel('nothing')": "42704",
    "cerebro_clone('nothing', 1)": "42704",
    "cerebro_describe('nothing', 'words')": "42704",
    "cerebro_drop('nothing')": "42704",
    "cerebro_evaluate('nothing', 'tumours')": "42704",
    "cerebro_fit('x', 'nothing', 'y')": "42P01",
    "cerebro_grant('cerebro_worker', 'train')": "42501",
    "cerebro_model('m', '{}')": "22023",
    "cerebro_predict('nothing', one)": "42704",
    "cerebro_predict_table('nothing', 'tumours', 'id', 'o')": "42704",
    "cerebro_predictions('nothing')": "42704",
    "cerebro_prepare('x', 'nothing', 'y')": "42P01",
    "cerebro_proba('nothing', one)": "42704",
    "cerebro_register_code('n', 'nothing', '')": "22023",
    "cerebro_resume('nothing')": "42704",
    "cerebro_revoke('cerebro_worker')": "42501",
    "cerebro_run_queue()": None,
    "cerebro_score('nothing', one)": "42704",
    "cerebro_share('nothing', 'cerebro_worker')": "42501",
    "cerebro_stop('nothing')": "42704",
    "cerebro_submit('x', 'nothing', 'y')": "42P01",
    "cerebro_unshare('nothing', 'cerebro_worker')": "42501",
    "cerebro_wait('nothing')": "42704",
}
IN_A_LOOP = """
do $$
declare
    one record;
begin
    for one in select id, size from tumours loop
        perform {};
        exit;
    end loop;
end
$$
"""
OVER_AN_ARRAY = """
do $$
declare
    names text[] := (select array_agg(run) from cerebro.runs where run like 'looped%');
    name text;
begin
    foreach name in array coalesce(names, '{}')
    loop
        perform cerebro_drop(name);
    end loop;
end
$$
"""


@pytest.fixture(scope="module", autouse=True)
def tumours(connection: Connection) -> None:
    """The table."""
    load_tumours_into(connection)


def test_there_is_a_call_of_every_verb(connection: Connection) -> None:
    verbs = rows(
        connection, r"select distinct proname::text from pg_proc where proname ~ '^cerebro_'"
    )
    assert {row.proname for row in verbs} == {call.partition("(")[0] for call in CALLS}


@pytest.mark.parametrize("call", CALLS)
def test_in_a_loop_over_a_query(dsn: str, connection: Connection, call: str) -> None:
    """On Greenplum it is refused with a hint, before the session has loaded the package too."""
    with psycopg.connect(dsn, autocommit=True) as session:
        errors = [_error_of(session, IN_A_LOOP.format(call)) for _ in range(2)]
    for error in errors:
        if is_greenplum(connection):
            assert error is not None
            assert error.sqlstate == "42501"
            assert str(error.diag.message_primary).startswith(
                "cerebro_db: this cannot be called while segments work on the same query: predict"
            )
            assert "in no loop over a query" in str(error.diag.message_hint)
            assert error.diag.message_detail
        else:
            assert (error and error.sqlstate) == CALLS[call]


def _error_of(session: Connection, statement: str) -> psycopg.Error | None:
    try:
        session.execute(statement.encode())
    except psycopg.Error as error:
        return error
    return None


def test_in_a_loop_over_an_array(connection: Connection) -> None:
    """Where nothing matches, as the first time, the loop has no turn."""
    connection.execute(OVER_AN_ARRAY.encode())
    for number in (1, 2):
        fit(connection, f"looped {number}", "tumours", "diagnosis", **QUICK)
    connection.execute(OVER_AN_ARRAY.encode())
    assert rows(connection, "select run from cerebro.runs") == []


def test_rows_of_a_search_can_be_stored(dsn: str, connection: Connection) -> None:
    """Where Greenplum could not take them in the end, it is refused in the beginning."""
    before = chunk_tables(connection)
    calls = {
        "prepared": "cerebro_prepare('stored', 'tumours', 'diagnosis')",
        "fitted": "cerebro_fit('stored', 'stored', epochs := 1, space := '{}',"
        """ model := '{"family": "linear"}')""",
    }
    for table, call in calls.items():
        with psycopg.connect(dsn, autocommit=True) as session:
            if _stores_rows(connection):
                session.execute(f"create table {table} as select * from {call}".encode())
                assert len(rows(session, f"select * from {table}")) >= 1
            else:
                for _ in range(2):
                    error = error_of(session, f"create table {table} as select * from {call}")
                    assert error.sqlstate == "08001"
                    assert "/tmp" in str(error.diag.message_hint)
                assert chunk_tables(connection) == before
                # A call alone works in the same session as before.
                assert len(rows(session, f"select * from {call}")) >= 1
        before = chunk_tables(connection)
    drop(connection, "stored")
    drop(connection, "stored", "dataset")


def _stores_rows(connection: Connection) -> bool:
    folders = str(value(connection, "show unix_socket_directories")).split(",")
    return not is_greenplum(connection) or "/tmp" in [folder.strip() for folder in folders]


def test_slips_of_the_pen(connection: Connection) -> None:
    """What docs/greenplum.md begins with: the server's own errors, which do not name the cause."""
    arrows = "select * from cerebro_fit('x', source => 'nothing', target => 'y')"
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(arrows.encode())
    if "PostgreSQL 9.4" in value(connection, "select version()"):
        assert caught.value.diag.message_primary == 'column "source" does not exist'
    else:
        assert caught.value.sqlstate == "42P01"
    with pytest.raises(psycopg.errors.UndefinedColumn, match='column "churn" does not exist'):
        connection.execute("select * from cerebro_fit(churn, customers, churned)")
