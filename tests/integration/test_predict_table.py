"""The table of cerebro_predict_table: when it is there, what replaces it, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
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


@pytest.fixture
def notices(connection: Connection) -> Iterator[list[str]]:
    told: list[str] = []

    def tell(diag: psycopg.errors.Diagnostic) -> None:
        told.append(str(diag.message_primary))

    connection.add_notice_handler(tell)
    yield told
    connection.remove_notice_handler(tell)


def predict(connection: Connection, source: str, output: str, more: str = "") -> object:
    row = connection.execute(
        f"select cerebro_predict_table('run', %s, 'id', %s{more})".encode(), [source, output]
    ).fetchone()
    assert row is not None
    return row[0]


def count(connection: Connection, table: str) -> object:
    row = connection.execute(f"select count(*) from {table}".encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_notice_says_when_the_table_is_there(
    dsn: str, connection: Connection, notices: list[str]
) -> None:
    said = " has 300 rows, for all to see once this transaction is committed"
    with psycopg.connect(dsn) as other, connection.transaction(force_rollback=True):
        assert predict(connection, "points", "rolled") == 300
        assert notices == ["rolled" + said]
        row = other.execute("select to_regclass('rolled')").fetchone()
        assert row == (None,)
    row = connection.execute("select to_regclass('rolled')").fetchone()
    assert row == (None,)
    assert predict(connection, "select * from points where id = 1", "one") == 1
    assert notices[-1] == "one has 1 row, for all to see once this transaction is committed"


def test_what_depends_on_a_table_that_is_filled_anew_stays(
    dsn: str, connection: Connection
) -> None:
    predict(connection, "points", "out")
    connection.execute("alter table out add primary key (id)")
    connection.execute("create view risky as select id from out where score > 0")
    connection.execute("grant select on out to pg_monitor")
    with psycopg.connect(dsn) as other, connection.transaction():
        assert predict(connection, "select * from points where id <= 20", "out", ", true") == 20
        assert count(connection, "risky") == 20
    assert count(connection, "out") == 20
    with psycopg.connect(dsn) as other:
        row = other.execute(
            "select count(*), has_table_privilege('pg_monitor', 'out', 'select') from risky"
        ).fetchone()
    assert row == (20, True)
    assert predict(connection, "points", "out", ", replace => true") == 300


def test_a_replacement_that_fails_leaves_the_old_rows(connection: Connection) -> None:
    predict(connection, "points", "kept")
    source = "select id, a / (id - 7) as a, b from points"
    with pytest.raises(psycopg.errors.DivisionByZero):
        predict(connection, source, "kept", ", true")
    assert count(connection, "kept") == 300


def test_a_source_may_read_the_table_that_it_replaces(connection: Connection) -> None:
    predict(connection, "points", "read")
    source = "select p.* from points p join read r using (id) where p.id > 100"
    assert predict(connection, source, "read", ", true") == 200
    assert count(connection, "read") == 200


def test_triggers_of_the_table_have_the_users_path(connection: Connection) -> None:
    predict(connection, "points", "watched")
    connection.execute("create table seen (id int)")
    connection.execute(
        "create function note() returns trigger language plpgsql as"
        " $$ begin insert into seen values (new.id); return new; end $$"
    )
    connection.execute(
        "create trigger note after insert on watched for each row execute function note()"
    )
    predict(connection, "select * from points where id < 6", "watched", ", true")
    assert count(connection, "seen") == 5


def test_temporary_tables_can_be_written_and_replaced(connection: Connection) -> None:
    predict(connection, "points", "pg_temp.passing")
    predict(connection, "select * from points where id < 4", "pg_temp.passing", ", true")
    assert count(connection, "passing") == 3


def test_a_new_table_may_be_said_to_replace(connection: Connection) -> None:
    assert predict(connection, "points", "fresh", ", true") == 300


REFUSED = [
    ("select 1", "false", "22023", "output must be the name of a table", "my_schema"),
    ("a.b.c", "false", "22023", "output must be the name of a table", "my_schema"),
    ("", "true", "22023", "output must be the name of a table", "my_schema"),
    ("drop table points", "true", "22023", "output must be the name of a table", "my_schema"),
    ("there", "false", "42P07", "exists already", "replace := true"),
    ("a_view", "true", "22023", "exists and is no table", "Name another"),
    ("a_view", "false", "22023", "exists and is no table", "Name another"),
    ("points", "true", "42P07", "has other columns than these predictions", "Drop it"),
    ("publik.out", "true", "22023", 'schema "publik" does not exist', '"public"'),
]


@pytest.fixture(scope="module")
def relations(connection: Connection, points: None) -> None:
    predict(connection, "points", "there")
    connection.execute("create view a_view as select * from there")


@pytest.mark.usefixtures("relations")
@pytest.mark.parametrize(("output", "replace", "sqlstate", "says", "hint"), REFUSED)
def test_outputs_that_are_refused(
    connection: Connection, output: str, replace: str, sqlstate: str, says: str, hint: str
) -> None:
    error = error_of(
        connection, f"select cerebro_predict_table('run', 'points', 'id', '{output}', {replace})"
    )
    assert error.sqlstate == sqlstate
    assert says in str(error.diag.message_primary)
    assert "source" not in str(error.diag.message_primary)
    assert hint in str(error.diag.message_hint)
    assert count(connection, "points") == count(connection, "there") == 300


def test_other_things_that_a_rollback_takes_say_so(
    connection: Connection, notices: list[str]
) -> None:
    source = "higher_is_better = False\ndef off_by(truth, predictions): return 0.0\n"
    connection.execute("create role told")
    with connection.transaction(force_rollback=True):
        connection.execute("select cerebro_grant('told', 'predict')")
        connection.execute("select cerebro_revoke('told')")
        connection.execute("select cerebro_register_code('off_by', 'metric', %s)", [source])
        connection.execute("select cerebro_drop('off_by', 'code')")
    once = " once this transaction is committed"
    assert notices == [
        f"told has level predict{once}",
        f"told has no level{once}",
        f"metric off_by is registered{once}",
        f"off_by is dropped{once}",
    ]
