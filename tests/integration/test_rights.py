"""Levels: who can be given which, what they consist of, and that a dump takes them along."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fix_server import Connection, NewDatabase
from levels import FIT, ROLES, SCORE, grant, levels, quoted, set_the_scene, take_levels
from psycopg import errors


@pytest.fixture(scope="module", autouse=True)
def scene(connection: Connection) -> None:
    set_the_scene(connection)


@pytest.fixture
def no_levels(connection: Connection) -> Iterator[None]:
    """But for the first role, none has a level after a test."""
    yield
    take_levels(connection)


@pytest.mark.usefixtures("no_levels")
@pytest.mark.parametrize("role", ROLES[1:])
def test_a_level_comes_in_the_place_of_another(connection: Connection, role: str) -> None:
    for level in ("train", "admin", "predict", "train"):
        grant(connection, role, level)
        assert levels(connection)[role] == level
        found = connection.execute(
            "select has_function_privilege(%(role)s, 'cerebro_evaluate(text, text)', 'execute'),"
            " has_function_privilege(%(role)s, 'cerebro_drop(text, text)', 'execute'),"
            " has_function_privilege(%(role)s, 'cerebro_grant(regrole, text)', 'execute')",
            {"role": role},
        ).fetchone()
        assert found == (True, level != "predict", level == "admin")
    connection.execute("select cerebro_revoke(%s)", [quoted(role)])
    assert role not in levels(connection)
    left = connection.execute(
        """
        select p.proname from pg_proc p, aclexplode(p.proacl) a
        where a.grantee = (select oid from pg_roles where rolname = %(role)s)
        union all
        select c.relname from pg_class c, aclexplode(c.relacl) a
        where a.grantee = (select oid from pg_roles where rolname = %(role)s)
        union all
        select n.nspname from pg_namespace n, aclexplode(n.nspacl) a
        where a.grantee = (select oid from pg_roles where rolname = %(role)s)
        """,
        {"role": role},
    ).fetchall()
    assert left == []


REFUSALS = [
    ("cerebro_grant('ben', null)", "22023"),
    ("cerebro_grant(null, 'train')", "22023"),
    ("cerebro_grant('ben', 'trian')", "22023"),
    ("cerebro_grant('ben', 'PREDICT')", "22023"),
    ("cerebro_grant('public', 'train')", "42704"),
    ("cerebro_grant('-', 'train')", "42704"),
    ("cerebro_grant('nobody at all', 'train')", "42602"),
    ("cerebro_grant('cerebro_worker', 'train')", "42501"),
    ("cerebro_grant('postgres', 'train')", "42501"),
    ("cerebro_revoke(null)", "22023"),
    ("cerebro_revoke('cerebro_worker')", "42501"),
    ("cerebro_revoke('postgres')", "42501"),
    ("cerebro_share('anns', null)", "22023"),
    ("cerebro_share(null, 'ben')", "22023"),
    ("cerebro_share('anns', 'ben', 'table')", "22023"),
    ("cerebro_share('annd', 'ben')", "42704"),
    ("cerebro_share('anns', 'public')", "42704"),
    ("cerebro_share('anns', 'cerebro_worker')", "42501"),
    ("cerebro._set_level(null, 'train')", "42704"),
    ("cerebro._set_level('nobody', 'train')", "42704"),
    ("cerebro._set_level('cerebro_worker', 'train')", "42501"),
]


@pytest.mark.parametrize(("call", "sqlstate"), REFUSALS)
def test_refusals(connection: Connection, call: str, sqlstate: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(f"select {call}".encode())
    assert caught.value.sqlstate == sqlstate
    if str(caught.value).startswith("cerebro_db: "):
        assert caught.value.diag.message_detail
        assert caught.value.diag.message_hint
    assert levels(connection) == {"ann": "train"}


@pytest.mark.usefixtures("no_levels")
def test_a_level_is_given_in_the_callers_transaction(dsn: str, connection: Connection) -> None:
    with psycopg.connect(dsn) as session:
        session.execute("select cerebro_grant('ben', 'train')")
        assert levels(session)["ben"] == "train"
        assert "ben" not in levels(connection)
        session.rollback()
        assert "ben" not in levels(session)


@pytest.mark.usefixtures("no_levels")
def test_who_is_no_administrator_gives_nothing(dsn: str, connection: Connection) -> None:
    grant(connection, "ben", "train")
    with psycopg.connect(dsn, user="ben", autocommit=True) as ben:
        for call in (
            "cerebro_grant('ben', 'admin')",
            "cerebro._set_level('ben', 'admin')",
            "cerebro_revoke('ann')",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                ben.execute(f"select {call}".encode())
        for statement in (
            "table cerebro.grants",
            "table cerebro._rights",
            "table cerebro.settings",
            "insert into cerebro.settings (workers) values (1000)",
            "table cerebro.connection",
            "table cerebro._runs",
            "table cerebro._audit",
            "delete from cerebro.audit",
            "set role cerebro_worker",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                ben.execute(statement.encode())
        with pytest.raises(errors.InsufficientPrivilege):
            ben.execute("alter view cerebro.runs owner to ben")


@pytest.mark.usefixtures("no_levels")
def test_who_inherits_from_an_administrator_is_one(dsn: str, connection: Connection) -> None:
    grant(connection, "heir", "admin")
    connection.execute("grant heir to ben")
    with psycopg.connect(dsn, user="ben", autocommit=True) as ben:
        assert ben.execute("select run from cerebro.runs").fetchall() == [("anns",)]
        assert ben.execute(SCORE).fetchone() is not None
        connection.execute("revoke heir from ben; alter role ben noinherit; grant heir to ben")
        with pytest.raises(errors.InsufficientPrivilege):
            ben.execute("select run from cerebro.runs")
        ben.execute("set role heir")
        assert ben.execute("select run from cerebro.runs").fetchall() == [("anns",)]
    connection.execute("alter role ben inherit; revoke heir from ben")


def test_what_a_role_owned_that_is_gone_is_the_administrators(
    dsn: str, connection: Connection
) -> None:
    connection.execute("create role passing login")
    grant(connection, "passing", "train")
    with psycopg.connect(dsn, user="passing", autocommit=True) as passing:
        passing.execute(FIT.replace("anns", "left"))
    with pytest.raises(errors.DependentObjectsStillExist):
        connection.execute("drop role passing")
    connection.execute("select cerebro_revoke('passing')")
    connection.execute("drop role passing")
    with psycopg.connect(dsn, user="ann", autocommit=True) as ann:
        assert ann.execute("select run from cerebro.runs").fetchall() == [("anns",)]
        with pytest.raises(errors.InsufficientPrivilege):
            ann.execute("select cerebro_drop('left')")
    assert len(connection.execute("select run from cerebro.runs").fetchall()) == 2
    connection.execute("select cerebro_drop('left')")


@pytest.mark.usefixtures("no_levels")
def test_a_dump_takes_levels_and_shares_along(
    dsn: str, connection: Connection, new_database: NewDatabase, tmp_path: Path
) -> None:
    grant(connection, "ben", "predict")
    grant(connection, "heir", "admin")
    connection.execute("select cerebro_share('anns', 'ben')")
    dump = tmp_path / "rights.dump"
    subprocess.run(["pg_dump", "--format=custom", f"--file={dump}", dsn], check=True)
    copied = new_database("template0")
    subprocess.run(["pg_restore", "--exit-on-error", f"--dbname={copied}", dump], check=True)
    with psycopg.connect(copied, autocommit=True) as copy:
        assert (
            levels(copy)
            == levels(connection)
            == {"ann": "train", "ben": "predict", "heir": "admin"}
        )
        audited = (
            "select at, login, role, action, kind, name, details from cerebro.audit order by id"
        )
        assert copy.execute(audited).fetchall() == connection.execute(audited).fetchall()
        # What is done there is numbered on.
        copy.execute("select cerebro_grant('shy', 'predict')")
    with psycopg.connect(copied, user="ben", autocommit=True) as ben:
        assert ben.execute(SCORE).fetchone() is not None
        with pytest.raises(errors.InsufficientPrivilege):
            ben.execute("select cerebro_drop('anns')")
    connection.execute("select cerebro_unshare('anns', 'ben')")
