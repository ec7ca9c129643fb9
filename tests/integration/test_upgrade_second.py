"""What only an update from 0.2.0 has to keep: levels, what is shared, code, the audit trail."""

from __future__ import annotations

from collections.abc import Iterator

import lived_in
import psycopg
import pytest
from fix_server import Connection, NewDatabase
from releases import restore

from cerebro_db.testing.calls import call, rows, value

LEVELS = "select role::text, level from cerebro.grants order by 1"
SHARED = """
select 'run' as kind, name, owner, shared_with from cerebro._runs where shared_with <> '{}'
union all
select 'dataset', name, owner, shared_with from cerebro._datasets where shared_with <> '{}'
union all
select 'model', name, owner, shared_with from cerebro._models where shared_with <> '{}'
order by 1, 2
"""
KEPT = (
    LEVELS,
    SHARED,
    "select workers, workers_per_run, when_full from cerebro.settings",
    "select name, sha256, kind, author, current from cerebro.code",
    "select id, login, role, action, kind, name, details from cerebro.audit order by id",
)


@pytest.fixture(scope="module")
def old(new_database: NewDatabase) -> Iterator[Connection]:
    """A database of 0.2.0."""
    dsn = new_database("template1")
    restore(dsn, "0.2.0")
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def before(old: Connection) -> list[list[object]]:
    """What it says of rights."""
    return [rows(old, query) for query in KEPT]


@pytest.fixture(scope="module")
def updated(old: Connection, before: object) -> Connection:
    """The database after the update."""
    old.execute("alter extension cerebro_db update")
    return old


def test_rights_and_what_was_done_are_what_they_were(
    updated: Connection, before: list[list[object]]
) -> None:
    for query, due in zip(KEPT, before, strict=True):
        assert rows(updated, query) == due
        assert due


def test_levels_hold_once_they_are_given_anew(updated: Connection) -> None:
    granted = value(updated, "select count(cerebro_grant(role, level)) from cerebro.grants")
    assert granted == len(rows(updated, LEVELS)) == 3
    lived_in.assert_levels_hold(updated)


def test_a_run_with_registered_code_is_cloned(updated: Connection) -> None:
    with lived_in.as_role(updated, "searcher") as session:
        config = call(session, "cerebro_clone", "hers", 1, {}, True)
        board = call(session, "cerebro_resume", "hers")
        values = {row[1]: row[4] for row in board}
        assert values[config[0][0]] == pytest.approx(values[1], abs=1e-6)


INSIDE = """
select c.relname::text, obj_description(c.oid, 'pg_class')
from pg_class c
left join pg_depend d on d.objid = c.oid and d.deptype = 'e'
where c.relnamespace = 'cerebro_data'::regnamespace and c.relkind = 'r' and c.relname ~ '^_hops_'
    and c.relowner = 'cerebro_worker'::regrole and d.objid is null
order by c.relname
"""


def test_states_inside_of_epochs_have_tables_of_their_own(updated: Connection) -> None:
    """Which are no members of the extension, and the workers'."""
    found = rows(updated, INSIDE)
    names = [name for name, _ in found]
    moved = {name for (name,) in rows(updated, RUNS_UNDER_WAY)}
    assert {name.rpartition("_")[0] for name in names} == moved
    assert len(moved) > 3
    for name, comment in found:
        _, _, run, epoch = name.split("_")
        assert comment == f"States of run {run} in epoch {epoch}"
        steps = f"select array_agg(distinct step) from cerebro_data.{{}}_{run}_{epoch}"
        assert value(updated, steps.format("_hops")) in ([1], None)
        assert value(updated, steps.format("_states")) in ([2], None)


RUNS_UNDER_WAY = """
select distinct '_hops_' || split_part(relname::text, '_', 3)
from pg_class
where relnamespace = 'cerebro_data'::regnamespace and relkind = 'r' and relname ~ '^_states_'
"""
