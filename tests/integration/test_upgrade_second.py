"""A database of version 0.2.0, updated: as a fresh one, with its runs, shares and views."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from catalog import assert_alike
from fix_server import Connection, NewDatabase
from releases import restore

# The search that both interrupted runs were made by; the second one with another durability.
_INTERRUPTED = """
select * from cerebro_fit(
    'undisturbed', 'rows', epochs => 40, workers => 1,
    model => '{"family": "mlp", "hidden": [8], "batch_size": 1, "dropout": 0.1}',
    space => '{"learning_rate": [0.01, 0.001]}'
)
"""
_STATES = """
select config, encode(sha256(state), 'hex')
from cerebro._kept_states k
join cerebro._runs r on r.id = k.run
where r.name = %s and rank is not null
order by 1
"""


@pytest.fixture(scope="module")
def updated(new_database: NewDatabase) -> Iterator[Connection]:
    """The database after the update."""
    dsn = new_database("template1")
    restore(dsn, "0.2.0", "second_release.sql")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create role viewer login")
        connection.execute("create view best as table cerebro.leaderboard")
        connection.execute("create view units as table cerebro.hops")
        connection.execute("create view scores as select cerebro_score('done', c) from customers c")
        connection.execute("alter extension cerebro_db update")
        yield connection
        connection.execute("drop view best, units, scores")
        connection.execute("select cerebro_revoke('viewer')")
        connection.execute("drop role viewer")


def test_the_catalogs_are_those_of_a_fresh_install(
    updated: Connection, connection: Connection
) -> None:
    assert_alike(connection, updated)


def test_runs_are_what_they_were(updated: Connection) -> None:
    rows = updated.execute("select run, status, attempts from cerebro.runs").fetchall()
    assert sorted(rows) == [
        ("broken", "interrupted", 1),
        ("broken epoch", "interrupted", 1),
        ("cancelled", "cancelled", 1),
        ("done", "finished", 1),
        ("failing", "queued", 0),
        ("halted", "stopped", 1),
        ("queued", "finished", 1),
        ("stopped", "finished", 1),
    ]


def test_views_of_users_stay(updated: Connection) -> None:
    assert updated.execute("select count(*) from best where run = 'done'").fetchone() == (2,)
    assert updated.execute("select count(*) from units where run = 'done'").fetchone() == (8,)
    assert updated.execute("select count(*) from scores").fetchone() == (60,)


def test_models_predict_as_before(updated: Connection) -> None:
    assert updated.execute(
        "select count(*), max(abs(a.cerebro_score - cerebro_score(run, c))) < 1e-6"
        " from answers a join customers c using (id)"
    ).fetchone() == (10, True)


def test_what_was_shared_stays_shared(updated: Connection) -> None:
    updated.execute("select cerebro_grant('viewer', 'predict')")
    updated.execute("set role viewer")
    try:
        assert updated.execute("select run from cerebro.runs").fetchall() == [("done",)]
        updated.execute("reset role")
        shared = updated.execute("select name, shared_with from cerebro._models").fetchall()
        assert shared == [("tiny", ["viewer"])]
    finally:
        updated.execute("reset role")


@pytest.mark.parametrize("run", ["broken", "broken epoch", "cancelled", "halted"])
def test_a_run_that_was_broken_off_ends_at_the_same_weights(updated: Connection, run: str) -> None:
    if not updated.execute(_STATES.encode(), ["undisturbed"]).fetchall():
        updated.execute(_INTERRUPTED)
    board = updated.execute("select status, epochs from cerebro_resume(%s)", [run]).fetchall()
    assert board == [("finished", 40)] * 2
    undisturbed = updated.execute(_STATES.encode(), ["undisturbed"]).fetchall()
    assert len(undisturbed) == 2
    assert updated.execute(_STATES.encode(), [run]).fetchall() == undisturbed


def test_a_queued_run_is_taken_up(updated: Connection) -> None:
    assert updated.execute("select cerebro_run_queue()").fetchone() == (1,)
    board = updated.execute(
        "select r.status, c.status from cerebro.runs r join cerebro.configs c using (run)"
        " where run = 'failing'"
    ).fetchall()
    assert board == [("failed", "diverged")]
