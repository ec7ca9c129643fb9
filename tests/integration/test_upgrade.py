"""Databases of released versions, updated: as fresh ones, with all that was in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import lived_in
import psycopg
import pytest
import users_objects
from catalog import assert_alike
from fix_server import Connection, NewDatabase
from releases import DUMPS, restore

from cerebro_db.testing.calls import call, error_of, rows, value

INTERRUPTED = {
    "0.1.0": {"broken": "interrupted", "cancelled": "cancelled"},
    "0.2.0": {
        "broken": "interrupted",
        "broken epoch": "interrupted",
        "cancelled": "cancelled",
        "stopped": "stopped",
    },
}
QUEUED = {"0.1.0": [], "0.2.0": ["later", "hers later", "failing"]}
STATES = """
select config, encode(sha256(state), 'hex')
from cerebro._kept_states
where rank is not null and run = (select id from cerebro._runs where name = %s)
order by config
"""


@dataclass(frozen=True)
class Updated:
    """A database after its update."""

    version: str
    """Which it was of."""
    connection: Connection
    views: dict[str, list[dict[str, Any]]]
    """What users' views of ours said before."""


@pytest.fixture(scope="module", params=DUMPS)
def updated(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Updated]:
    """A database of each released version, with what users made of its views and functions."""
    dsn = new_database("template1")
    restore(dsn, request.param)
    with psycopg.connect(dsn, autocommit=True) as connection:
        views = users_objects.make(connection)
        before = users_objects.contents(connection, views)
        connection.execute("alter extension cerebro_db update")
        yield Updated(request.param, connection, before)


def test_the_catalogs_are_those_of_a_fresh_install(
    updated: Updated, connection: Connection
) -> None:
    assert_alike(connection, updated.connection)


@pytest.mark.parametrize("version", DUMPS)
def test_so_they_are_where_the_verbs_have_a_schema_of_their_own(
    new_database: NewDatabase, version: str
) -> None:
    with (
        psycopg.connect(new_database("template1"), autocommit=True) as fresh,
        psycopg.connect(new_database("template1"), autocommit=True) as older,
    ):
        for connection, created in ((fresh, ""), (older, f"version '{version}'")):
            connection.execute("create extension plpython3u; create schema ml")
            connection.execute(f"create extension cerebro_db {created} schema ml".encode())
        older.execute("alter extension cerebro_db update")
        assert_alike(fresh, older)


def test_runs_are_what_they_were(updated: Updated) -> None:
    found = dict(rows(updated.connection, "select run, status from cerebro.runs"))
    due = dict.fromkeys(lived_in.FINISHED, "finished") | {"failed": "failed"}
    due |= INTERRUPTED[updated.version] | dict.fromkeys(QUEUED[updated.version], "queued")
    if updated.version > "0.1.0":
        due |= {"hers": "finished"}
    assert found == due
    attempts = (
        "select distinct attempts from cerebro.runs where status <> 'queued' and run <> 'hers'"
    )
    assert rows(updated.connection, attempts) == [(1,)]


def test_users_views_say_what_they_said(updated: Updated) -> None:
    found = users_objects.contents(updated.connection, list(updated.views))
    assert found.keys() == updated.views.keys()
    for view, before in updated.views.items():
        for now, then in zip(found[view], before, strict=True):
            assert now.keys() == then.keys()
            different = [name for name in now if not _alike(now[name], then[name])]
            assert different == [], (view, now, then)


def _alike(now: object, then: object) -> bool:
    """Return whether a value is what it was; times are told in thousandths of seconds now."""
    if isinstance(now, float) and isinstance(then, float):
        return abs(now - then) <= 1e-3
    # What an interrupted run had not trained to the end was said to be stopped in 0.1.0.
    return now == then or (now, then) == ("waiting", "stopped")


def test_what_serves_is_what_the_leaderboard_shows(updated: Updated) -> None:
    """The last epoch, though another one may have been better: its state was not kept."""
    shown = rows(
        updated.connection,
        "select run, config, best_epoch from cerebro.leaderboard where run = any(%s) and rank = 1",
        list(lived_in.FINISHED),
    )
    serving = rows(
        updated.connection,
        "select r.name, k.config, k.units / d.partitions from cerebro._kept_states k"
        " join cerebro._runs r on r.id = k.run join cerebro._datasets d on d.id = r.dataset"
        " where k.rank = 1 and r.name = any(%s)",
        list(lived_in.FINISHED),
    )
    assert sorted(shown) == sorted(serving)
    assert len(shown) == len(lived_in.FINISHED)


def test_models_predict_as_before(updated: Updated) -> None:
    lived_in.assert_answers_are_the_same(updated.connection, 1e-6)


def test_what_users_made_of_our_functions_works(updated: Updated) -> None:
    users_objects.assert_all_work(updated.connection)


def test_a_run_that_was_broken_off_ends_at_the_same_weights(updated: Updated) -> None:
    connection = updated.connection
    # Runs of before know of no best epochs, and stand for their last ones.
    last = {"restore_best": False}
    call(connection, "cerebro_fit", "undisturbed", "rows", **lived_in.LONG, options=last)
    due = rows(connection, STATES, "undisturbed")
    assert len(due) == 2
    for run in INTERRUPTED[updated.version]:
        board = call(connection, "cerebro_resume", run)
        assert [(row[7], row[-1]) for row in board] == [(40, "finished")] * 2
        assert rows(connection, STATES, run) == due, run


def test_a_registered_model_trains(updated: Updated) -> None:
    last = {"restore_best": False}
    search = {**lived_in.LINEAR, "model": {"name": "tiny"}, "options": last}
    board = call(updated.connection, "cerebro_fit", "again", "rows", **search)
    # As it did before: the same dataset, seed and epochs.
    named = (
        "select max(abs(cerebro_score('again', c) - cerebro_score('named', c))) from customers c"
    )
    assert len(board) == 2
    assert value(updated.connection, named) < 1e-4


def test_runs_begin_with_weights_from_before(updated: Updated) -> None:
    # Elements of few values are told apart since: as it was encoded then, it is stated.
    encode = {"encode": {"signals": "vector"}}
    levels = {"source": lived_in.EVENTS.format("level"), "target": "level", "options": encode}
    for run, source in [
        ("done", {"source": "rows"}),
        ("named", {"source": "rows"}),
        ("levels", levels),
    ]:
        model = {"from": run, "freeze": "*"}
        (row,) = call(
            updated.connection, "cerebro_fit", f"on {run}", epochs=1, model=model, **source
        )
        expected = "select value from cerebro.leaderboard where run = %s and rank = 1"
        assert row[-1] == "finished"
        assert row[4] == pytest.approx(value(updated.connection, expected, run), abs=1e-6)


def test_what_was_queued_is_taken_up(updated: Updated) -> None:
    queued = QUEUED[updated.version]
    assert value(updated.connection, "select cerebro_run_queue()") == len(queued)
    ended = dict(rows(updated.connection, "select run, status from cerebro.runs"))
    assert [ended[run] for run in queued] == ["finished", "finished", "failed"][: len(queued)]


def test_a_finished_run_trains_on(updated: Updated) -> None:
    connection = updated.connection
    if updated.version == "0.1.0":
        error = error_of(connection, "select cerebro_resume('done', null, 3)")
        assert "0.1.0" in str(error.diag.message_detail)
        finished = "select distinct status from cerebro.configs where run = 'done'"
        assert rows(connection, finished) == [("finished",)]
    else:
        board = call(connection, "cerebro_resume", "done", None, 3)
        assert {(row[7], row[-1]) for row in board} == {(3, "finished")}


def test_all_of_it_can_be_dropped(updated: Updated) -> None:
    for kind, names in {
        "run": "select run from cerebro.runs",
        "dataset": "select dataset from cerebro.datasets",
        "model": "select model from cerebro.models",
    }.items():
        for (name,) in rows(updated.connection, names):
            call(updated.connection, "cerebro_drop", name, kind)
    left = "select count(*) from pg_class where relnamespace = 'cerebro_data'::regnamespace"
    assert value(updated.connection, left) == 0
