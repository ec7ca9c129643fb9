"""A database with runs, dumped and restored: in the copy everything goes on where it was."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from fix_server import Connection, NewDatabase

from cerebro_db.testing.callers import calling, eventually, status, units
from cerebro_db.testing.data import load_tumours_into

FIT = """select cerebro_fit(%s, 'rows', epochs => 40, workers => 1, options => %s,
    model => '{"family": "mlp", "hidden": [8], "dropout": 0.1}',
    space => '{"learning_rate": [0.01, 0.001]}')"""

DURABILITIES = ("full", "async", "epoch")

KILL_PLANNERS = """
select pg_terminate_backend(pid)
from pg_stat_activity
where application_name = 'cerebro_db control' and datname = current_database()
"""

FINAL_STATES = """
select k.config, k.rank, k.state
from cerebro._kept_states k
join cerebro._runs r on r.id = k.run
where r.name = %s
order by k.config, k.units
"""

QUESTIONS = (
    "select * from cerebro.leaderboard order by run, rank",
    "select cerebro_score('whole', t) from tumours t order by id limit 5",
    "select * from cerebro.hops order by run, config, epoch, position",
    "select name, definition from cerebro._models",
    "select * from cerebro.settings",
    "select * from cerebro.connection",
)


@pytest.fixture(scope="module")
def original(dsn: str, connection: Connection) -> Connection:
    """A database with a run that is through, and one of each durability that is not."""
    load_tumours_into(connection)
    connection.execute("select cerebro_prepare('rows', 'tumours', 'diagnosis', partitions => 3)")
    connection.execute("select cerebro_model('m', '{\"family\": \"mlp\"}')")
    connection.execute("create role passing")
    connection.execute("update cerebro._models set owner = 'passing'")
    connection.execute("insert into cerebro.connection (port) values (5432)")
    connection.execute("insert into cerebro.settings (workers_per_run) values (2)")
    fit(connection, "whole", "async")
    for run in DURABILITIES:
        break_off(dsn, connection, run)
    return connection


def break_off(dsn: str, connection: Connection, durability: str) -> None:
    """Have a run lose its planner in the midst of it."""
    with calling(dsn, lambda caller: fit(caller, durability, durability)):
        eventually(lambda: units(connection, durability) > 9)
        connection.execute(KILL_PLANNERS.encode())
    eventually(lambda: status(connection, durability) == "interrupted")


def fit(connection: Connection, run: str, durability: str) -> None:
    connection.execute(FIT.encode(), [run, f'{{"durability": "{durability}"}}'])


@pytest.fixture(scope="module")
def answers(original: Connection) -> list[object]:
    """What the original says of itself."""
    return [original.execute(question.encode()).fetchall() for question in QUESTIONS]


@pytest.fixture(scope="module")
def dump(
    dsn: str, original: Connection, answers: object, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """What pg_dump takes of the original."""
    file: Path = tmp_path_factory.mktemp("dump") / "shop.dump"
    subprocess.run(["pg_dump", "--format=custom", f"--file={file}", dsn], check=True)
    return file


@pytest.fixture(scope="module")
def copy(dump: Path, original: Connection, new_database: NewDatabase) -> Iterator[Connection]:
    """What pg_restore makes of the dump, where one role is missing."""
    original.execute("drop role passing")
    with restored(dump, new_database("template0")) as connection:
        yield connection


@contextmanager
def restored(dump: Path, dsn: str, *options: str) -> Iterator[Connection]:
    """Give a connection to a database into which a dump has been restored."""
    command = ["pg_restore", "--exit-on-error", *options, f"--dbname={dsn}", str(dump)]
    subprocess.run(command, check=True)
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def test_the_copy_says_the_same(copy: Connection, answers: list[object]) -> None:
    assert [copy.execute(question.encode()).fetchall() for question in QUESTIONS] == answers


def test_what_a_run_has_left_in_tables_of_its_own_is_copied(
    copy: Connection, original: Connection
) -> None:
    tables = (
        "select relname, relpersistence, obj_description(oid, 'pg_class') from pg_class"
        " where relname ~ '^_(chunks|states|hops)_[0-9_]+$' and relkind = 'r' order by relname"
    )
    found = copy.execute(tables).fetchall()
    assert found == original.execute(tables).fetchall()
    assert {persistence for _, persistence, _ in found} == {"p", "u"}


@pytest.mark.parametrize("run", DURABILITIES)
def test_a_run_that_was_broken_off_is_resumed(
    copy: Connection, original: Connection, run: str
) -> None:
    assert status(copy, run) == "interrupted"
    copy.execute("select cerebro_resume(%s)", [run])
    whole = original.execute(FINAL_STATES, ["whole"]).fetchall()
    assert {config for config, _, _ in whole} == {1, 2}
    assert copy.execute(FINAL_STATES, [run]).fetchall() == whole


def test_new_runs_and_datasets_get_new_numbers(copy: Connection) -> None:
    before = copy.execute("select max(id) from cerebro._runs").fetchone()
    assert before == (1 + len(DURABILITIES),)
    copy.execute("select cerebro_prepare('more', 'tumours', 'diagnosis')")
    copy.execute(
        """select cerebro_fit('after', 'more', epochs => 1, model => '{"family": "linear"}',
            space => '{"learning_rate": [0.1]}')"""
    )
    numbers = copy.execute("select id, dataset from cerebro._runs where name = 'after'").fetchone()
    assert numbers == (2 + len(DURABILITIES), 2)


OWNERS = """
select c.relname, c.relowner::regrole::text
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('cerebro', 'cerebro_data') and c.relkind in ('r', 'v', 'S')
order by c.relname
"""


def test_owners_that_were_not_restored_are_handed_over(
    dump: Path, original: Connection, new_database: NewDatabase
) -> None:
    owners = original.execute(OWNERS.encode()).fetchall()
    assert {owner for _, owner in owners} == {"cerebro_worker", "postgres"}
    with restored(dump, new_database("template0"), "--no-owner") as copied:
        assert copied.execute(OWNERS.encode()).fetchall() != owners
        copied.execute("select cerebro._hand_over()")
        assert copied.execute(OWNERS.encode()).fetchall() == owners
