"""What only an update from 0.1.0 has to do: rights, owners, and how workers connect."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from fix_server import Connection, NewDatabase
from psycopg.errors import DuplicateFunction, ObjectNotInPrerequisiteState
from releases import restore

# What its administrator has made of it.
_GRANTED = """
create role reader;
grant usage on schema cerebro to reader;
grant select on cerebro.runs, cerebro.leaderboard, cerebro.hops, cerebro._serving to reader;
grant execute on function cerebro_fit, cerebro_score, cerebro._loopback, cerebro._score to reader;
grant execute on function cerebro._train to reader with grant option;
insert into cerebro.connection values ('port = 5432 user=''postgres''');
"""

_RIGHTS = """
select p.oid::regprocedure::text, a.privilege_type, a.is_grantable
from pg_proc p, aclexplode(p.proacl) a
where a.grantee = 'reader'::regrole
union
select c.oid::regclass::text, a.privilege_type, a.is_grantable
from pg_class c, aclexplode(c.relacl) a
where a.grantee = 'reader'::regrole
"""


@pytest.fixture(scope="module")
def old_dsn(new_database: NewDatabase) -> str:
    """Connection string of a database of 0.1.0, with runs and rights."""
    dsn = new_database("template1")
    restore(dsn, "0.1.0")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(_GRANTED.encode())
    return dsn


@pytest.fixture(scope="module")
def rights_before(old_dsn: str) -> list[tuple[object, ...]]:
    """What the role had been granted."""
    with psycopg.connect(old_dsn) as old:
        return old.execute(_RIGHTS).fetchall()


@pytest.fixture(scope="module")
def updated(old_dsn: str, rights_before: object) -> Iterator[Connection]:
    """The database after the update."""
    with psycopg.connect(old_dsn, autocommit=True) as connection:
        connection.execute("alter extension cerebro_db update")
        yield connection


def test_rights_that_were_granted_stay(
    updated: Connection, rights_before: list[tuple[object, ...]]
) -> None:
    assert len(rights_before) == 9
    found = updated.execute(_RIGHTS).fetchall()
    assert [right for right in found if right in rights_before] == rights_before
    # Who may call a verb may call what that calls now.
    assert [str(name).partition("(")[0] for name, *_ in set(found) - set(rights_before)] == [
        "cerebro._fit"
    ]


def test_a_dump_has_the_rights_that_were_granted(updated: Connection, old_dsn: str) -> None:
    dump = subprocess.run(
        ["pg_dump", "--schema-only", old_dsn], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    for granted in (
        "GRANT USAGE ON SCHEMA cerebro TO reader",
        "GRANT SELECT ON TABLE cerebro.leaderboard TO reader",
        "GRANT ALL ON FUNCTION cerebro._loopback(",
    ):
        assert granted in dump


def test_who_could_search_is_given_what_that_takes_now(updated: Connection) -> None:
    assert updated.execute("select role::text, level from cerebro.grants").fetchall() == [
        ("reader", "train")
    ]
    updated.execute("set role reader")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        updated.execute("table cerebro.datasets")
    updated.execute("reset role")
    updated.execute("select cerebro_grant(role, level) from cerebro.grants")
    updated.execute("set role reader")
    assert updated.execute("table cerebro.datasets").fetchall() == []
    updated.execute("reset role")


def test_what_workers_write_becomes_theirs(updated: Connection) -> None:
    owners = updated.execute(
        "select relnamespace::regnamespace::text, relowner::regrole::text,"
        " count(*) filter (where relname like '\\_chunks%')"
        " from pg_class where relnamespace::regnamespace::text like 'cerebro%' and relkind = 'r'"
        " group by 1, 2 order by 1, 2"
    ).fetchall()
    assert owners == [
        ("cerebro", "cerebro_worker", 0),
        ("cerebro", "postgres", 0),
        ("cerebro_data", "cerebro_worker", 3),
    ]


def test_a_connection_string_becomes_columns(updated: Connection) -> None:
    stated = updated.execute(
        "select service, passfile, host, port, username from cerebro.connection"
    ).fetchall()
    assert stated == [(None, None, None, 5432, "postgres")]


@pytest.mark.parametrize(
    ("conninfo", "message"),
    [
        ("user=me password=geheim", "cerebro.connection states what it has no column for"),
        ("postgresql://me:geheim@host/shop", "cannot tell what cerebro.connection states"),
        ("user='me", "cannot tell what cerebro.connection states"),
    ],
)
def test_a_connection_string_that_says_more_is_refused(
    old: Connection, conninfo: str, message: str
) -> None:
    with old.transaction(force_rollback=True):
        old.execute("insert into cerebro.connection values (%s)", [conninfo])
        with pytest.raises(ObjectNotInPrerequisiteState, match=message) as raised:
            old.execute("alter extension cerebro_db update")
    diag = raised.value.diag
    assert "geheim" not in f"{diag.message_primary}{diag.message_detail}{diag.context}"
    assert str(diag.message_hint).startswith("Before the update")


def test_a_function_that_somebody_made_beforehand_is_not_taken_over(old: Connection) -> None:
    with old.transaction(force_rollback=True):
        old.execute("create role stranger; grant create on schema public to stranger")
        old.execute("set local role stranger")
        old.execute(
            "create function cerebro_stop(run text, config int default null) returns boolean"
            " language sql as 'select false'"
        )
        old.execute("reset role")
        with pytest.raises(DuplicateFunction) as raised:
            old.execute("alter extension cerebro_db update")
    assert raised.value.diag.message_detail == "They are: public.cerebro_stop(text,integer)."


@pytest.fixture(scope="module")
def old(new_database: NewDatabase) -> Iterator[Connection]:
    """A connection to an empty database of 0.1.0."""
    with psycopg.connect(new_database("template1"), autocommit=True) as connection:
        connection.execute("create extension plpython3u")
        connection.execute("create extension cerebro_db version '0.1.0'")
        yield connection


def test_columns_that_came_later_are_filled(updated: Connection) -> None:
    runs = updated.execute(
        "select distinct started = created, attempts, planner is null from cerebro._runs"
    ).fetchall()
    assert runs == [(True, 1, True)]
    assert updated.execute("select distinct segment from cerebro.hops").fetchall() == [(0,)]
    kept = updated.execute(
        "select distinct k.units = r.epochs * 2 from cerebro._kept_states k"
        " join cerebro._runs r on r.id = k.run and r.name = 'done'"
    ).fetchall()
    assert kept == [(True,)]
