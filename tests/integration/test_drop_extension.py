"""DROP EXTENSION: with CASCADE while there are datasets, and nothing is left of it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from fix_fit import QUICK, fit
from fix_server import Connection, NewDatabase
from psycopg import errors

from cerebro_db.testing.callers import calling, eventually, units

TABLE = "create table t as select a, a % 2 = 0 as b, a * 1.5 as c from generate_series(1, 60) a"

CATALOGS = """
select relname::text
from pg_class
where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r' and relname <> 'pg_statistic'
order by relname
"""

SESSIONS = """
select count(*)
from pg_stat_activity
where datname = current_database() and application_name like 'cerebro\\_db%'
"""


@pytest.fixture
def database(new_database: NewDatabase) -> Iterator[Connection]:
    """A database with a table, and PL/Python."""
    with psycopg.connect(new_database("template1"), autocommit=True) as connection:
        connection.execute("create extension plpython3u")
        connection.execute(TABLE)
        # So that the server's own schemas for temporary tables are there before anybody counts.
        connection.execute("create temporary table one_of_a_session ()")
        yield connection


def contents(connection: Connection) -> dict[str, object]:
    """Return how many rows each of the catalogs has."""
    names = [str(name) for (name,) in connection.execute(CATALOGS).fetchall()]
    return {
        name: connection.execute(f"select count(*) from pg_catalog.{name}".encode()).fetchone()
        for name in names
    }


def create_and_train(connection: Connection, run: str) -> None:
    connection.execute("create extension cerebro_db")
    fit(connection, run, "t", "b", QUICK)
    connection.execute(
        "select cerebro_predict_table(%s, 't', 'a', 'predictions'), cerebro_score(%s, t)"
        " from t where a = 1",
        [run, run],
    )
    connection.execute("drop table predictions")


def test_nothing_is_left(database: Connection) -> None:
    before = contents(database)
    create_and_train(database, "run")
    database.execute("create view scores as select a, cerebro_score('run', t) from t")
    assert contents(database) != before
    database.execute("drop extension cerebro_db cascade")
    assert contents(database) == before


def test_without_cascade_datasets_and_views_of_users_keep_it(database: Connection) -> None:
    create_and_train(database, "run")
    with pytest.raises(errors.DependentObjectsStillExist):
        database.execute("drop extension cerebro_db")
    database.execute("create view scores as select a, cerebro_score('run', t) from t")
    database.execute("select cerebro_drop('run')")
    with pytest.raises(errors.DependentObjectsStillExist):
        database.execute("drop extension cerebro_db")
    database.execute("drop view scores")
    database.execute("drop extension cerebro_db")


def test_a_session_starts_anew_with_the_next_extension(database: Connection) -> None:
    create_and_train(database, "run")
    before = database.execute("select sum(cerebro_score('run', t)) from t").fetchone()
    database.execute("drop extension cerebro_db cascade")
    database.execute("update t set c = -c")
    # The same names and numbers, but another model; the workers of before know the old one.
    create_and_train(database, "run")
    assert database.execute("select sum(cerebro_score('run', t)) from t").fetchone() != before
    eventually(lambda: database.execute(SESSIONS).fetchone() == (1,))


def test_a_run_that_goes_on_ends(database: Connection) -> None:
    database.execute("create extension cerebro_db")
    endless = QUICK.replace("epochs => 1", "epochs => 100000, workers => 1")
    with calling(database.info.dsn, lambda caller: fit(caller, "run", "t", "b", endless)) as caller:
        eventually(lambda: units(database, "run") > 3)
        eventually(lambda: drop(database))
        caller.finish()
    assert caller.error is not None
    eventually(lambda: database.execute(SESSIONS).fetchone() == (0,))
    left = "select nspname from pg_namespace where nspname like 'cerebro%'"
    assert database.execute(left.encode()).fetchall() == []


def drop(connection: Connection) -> bool:
    """Try it; the server may find that each waits for the other, and choose this one to give up."""
    try:
        connection.execute("drop extension cerebro_db cascade")
    except errors.DeadlockDetected:
        return False
    return True
