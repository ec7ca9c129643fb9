"""A database of version 0.1.0, updated: as a fresh one, with the runs and rights that it had."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from catalog import described
from fix_server import Connection, NewDatabase

# A dump of 0.1.0 itself, with runs "done" and "broken".
FIRST_RELEASE = Path(__file__).with_name("first_release.sql")

# What its administrator and its users have made of it.
_RIGHTS_AND_VIEWS = """
create role viewer;
grant usage on schema cerebro to viewer;
grant select on cerebro.runs, cerebro.leaderboard, cerebro.hops, cerebro._serving to viewer;
grant execute on function cerebro_fit, cerebro_score, cerebro._loopback, cerebro._score to viewer;
grant execute on function cerebro._train to viewer with grant option;
create view best as select run, params, value from cerebro.leaderboard where rank = 1;
create view scores as select id, cerebro_score('done', c) as score from customers c;
"""

_RIGHTS = """
select p.oid::regprocedure::text, a.privilege_type, a.is_grantable
from pg_proc p, aclexplode(p.proacl) a
where a.grantee = 'viewer'::regrole
union
select c.oid::regclass::text, a.privilege_type, a.is_grantable
from pg_class c, aclexplode(c.relacl) a
where a.grantee = 'viewer'::regrole
"""


@pytest.fixture(scope="module")
def old_dsn(new_database: NewDatabase) -> str:
    """Connection string of a database of 0.1.0, with runs, rights and views."""
    dsn = new_database("template1")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create extension plpython3u")
        connection.execute("create extension cerebro_db version '0.1.0'")
        psql = ["psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1"]
        subprocess.run([*psql, f"--file={FIRST_RELEASE}", dsn], check=True)
        connection.execute(_RIGHTS_AND_VIEWS.encode())
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


def test_the_catalogs_are_those_of_a_fresh_install(
    updated: Connection, connection: Connection
) -> None:
    fresh, found = described(connection), described(updated)
    assert all(fresh.values())
    for part in fresh:
        assert found[part] == fresh[part], part


def test_rights_that_were_granted_stay(
    updated: Connection, rights_before: list[tuple[object, ...]]
) -> None:
    assert len(rights_before) == 9
    assert updated.execute(_RIGHTS).fetchall() == rights_before


def test_a_dump_has_the_rights_that_were_granted(updated: Connection, old_dsn: str) -> None:
    dump = subprocess.run(
        ["pg_dump", "--schema-only", old_dsn], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    for granted in (
        "GRANT USAGE ON SCHEMA cerebro TO viewer",
        "GRANT SELECT ON TABLE cerebro.leaderboard TO viewer",
        "GRANT ALL ON FUNCTION cerebro._loopback(",
    ):
        assert granted in dump


def test_views_of_users_stay(updated: Connection) -> None:
    best = updated.execute("select run, params from best order by run").fetchall()
    assert best == [("broken", {"learning_rate": 0.1}), ("done", {"learning_rate": 0.1})]
    assert updated.execute("select count(score) from scores").fetchone() == (60,)


def test_runs_are_what_they_were(updated: Connection) -> None:
    runs = updated.execute(
        "select run, status, started = created, attempts from cerebro.runs order by run"
    ).fetchall()
    assert runs == [("broken", "interrupted", True, 1), ("done", "finished", True, 1)]
    hops = updated.execute(
        "select run, count(*), min(segment), max(segment) from cerebro.hops group by run order by 1"
    ).fetchall()
    assert hops == [("broken", 15, 0, 0), ("done", 8, 0, 0)]
    kept = updated.execute("select config, rank, units from cerebro._kept_states order by 1")
    assert kept.fetchall() == [(1, 1, 4), (2, 2, 4)]


def test_models_predict_as_before(updated: Connection) -> None:
    different = updated.execute(
        "select id, a.cerebro_score, cerebro_score(run, c)"
        " from answers a join customers c using (id)"
        " where abs(a.cerebro_score - cerebro_score(run, c)) > 1e-6"
    ).fetchall()
    assert different == []
    assert updated.execute("select count(*) from answers").fetchone() == (5,)


def test_an_old_dataset_trains_a_new_run(updated: Connection) -> None:
    board = updated.execute(
        """select status, epochs from cerebro_fit(
            'new', 'rows', model => '{"family": "linear"}',
            space => '{"learning_rate": [0.1, 0.01]}', epochs => 2
        )"""
    ).fetchall()
    assert board == [("finished", 2)] * 2
    same = updated.execute(
        "select max(abs(a.cerebro_score - cerebro_score('new', c)))"
        " from answers a join customers c using (id)"
    ).fetchone()
    assert same is not None
    assert same[0] < 1e-4  # type: ignore[operator]


def test_a_run_that_was_broken_off_is_resumed(updated: Connection) -> None:
    board = updated.execute("select status, epochs from cerebro_resume('broken')").fetchall()
    assert board == [("finished", 12)] * 2
    hops = updated.execute("select count(*) from cerebro.hops where run = 'broken'").fetchone()
    assert hops == (2 * 12 * 2,)
