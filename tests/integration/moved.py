"""A database on a newer major version of PostgreSQL says and does what it did on the older one.

scripts/test_pg_upgrade.sh runs this file, on a machine that has both servers: as a program, which
fills a database and notes what it says; then, by its name, as tests of what came of that database.

usage: PYTHONPATH=.:tests python tests/integration/moved.py 'host=... dbname=shop' NOTES.json
environment of the tests: CEREBRO_MOVED, the database; CEREBRO_MOVED_NOTES, the file
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lived_in
import psycopg
import pytest
import users_objects
from catalog import assert_alike
from psycopg.conninfo import make_conninfo

from cerebro_db.testing.calls import call, rows, value
from cerebro_db.testing.database import Connection

# What tells of sessions that live is left out, and how long ago a run began that is not over.
VIEWS = (
    "runs",
    "configs",
    "leaderboard",
    "learning_curves",
    "decisions",
    "hops",
    "datasets",
    "models",
)
RIGHTS = ("grants", "code", "settings", "_audit")
PREDICTIONS = """
select id, cerebro_predict('{run}', t), cerebro_proba('{run}', t)
from {table} t order by id
"""
STATES = """
select config, encode(sha256(state), 'hex')
from cerebro._kept_states
where rank is not null and run = (select id from cerebro._runs where name = %s)
order by config
"""


def says(connection: Connection) -> dict[str, Any]:
    """Return what a database says: its views, rights, predictions, final states."""
    relations = {
        name: sorted(
            str(row)
            for (row,) in rows(
                connection, f"select (to_jsonb(v) - 'seconds')::text from cerebro.{name} v"
            )
        )
        for name in VIEWS + RIGHTS
    }
    predictions = {
        run: str(rows(connection, PREDICTIONS.format(run=run, table=table)))
        for run, table in lived_in.PREDICTED.items()
    }
    states = {
        str(run): [list(row) for row in rows(connection, STATES, run)]
        for (run,) in rows(connection, "select run from cerebro.runs where status = 'finished'")
    }
    return {"relations": relations, "predictions": predictions, "states": states}


def fill(dsn: str) -> dict[str, Any]:
    """Fill a database, and return what it says."""
    lived_in.live_in(dsn)
    with psycopg.connect(dsn, autocommit=True) as connection:
        users_objects.make(connection)
        connection.execute("refresh materialized view saved_scores")
        call(connection, "cerebro_fit", "undisturbed", "rows", **lived_in.LONG)
        return says(connection)


@pytest.fixture(scope="module")
def moved() -> Iterator[Connection]:
    """A superuser's connection to the database."""
    with psycopg.connect(os.environ["CEREBRO_MOVED"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def noted() -> dict[str, Any]:
    """What it said before."""
    notes: dict[str, Any] = json.loads(Path(os.environ["CEREBRO_MOVED_NOTES"]).read_text())
    return notes


def test_the_catalogs_are_those_of_a_fresh_install(moved: Connection) -> None:
    moved.execute("create database fresh")
    with psycopg.connect(moved.info.dsn, dbname="fresh", autocommit=True) as fresh:
        fresh.execute("create extension cerebro_db cascade")
        assert_alike(fresh, moved)
    moved.execute("drop database fresh")


@pytest.mark.parametrize("part", ["relations", "predictions", "states"])
def test_it_says_what_it_said(moved: Connection, noted: dict[str, Any], part: str) -> None:
    found = says(moved)[part]
    assert found.keys() == noted[part].keys()
    for name in found:
        assert found[name] == noted[part][name], name


def test_a_materialized_view_is_there_without_a_refresh(moved: Connection) -> None:
    assert rows(moved, "select count(*) from saved_scores") == [(60,)]


def test_levels_hold(moved: Connection) -> None:
    lived_in.assert_levels_hold(moved)


@pytest.mark.parametrize("run", ["broken", "broken epoch", "cancelled", "stopped"])
def test_a_run_that_was_broken_off_ends_at_the_same_weights(
    moved: Connection, noted: dict[str, Any], run: str
) -> None:
    board = call(moved, "cerebro_resume", run)
    assert [(row[7], row[-1]) for row in board] == [(40, "finished")] * 2
    assert [list(row) for row in rows(moved, STATES, run)] == noted["states"]["undisturbed"]


def test_the_queue_goes_on(moved: Connection) -> None:
    assert value(moved, "select cerebro_run_queue()") == 3
    ended = rows(moved, "select run, status from cerebro.runs where run ~ 'later|failing'")
    assert sorted(ended) == [
        ("failing", "failed"),
        ("hers later", "finished"),
        ("later", "finished"),
    ]


def test_users_objects_work(moved: Connection) -> None:
    users_objects.assert_all_work(moved)


def test_new_rows_are_prepared(moved: Connection) -> None:
    call(moved, "cerebro_fit", "new", "customers", "churned", **lived_in.LINEAR)
    assert value(moved, "select count(cerebro_score('new', c)) from customers c") == 60


def test_the_doctor_is_content(moved: Connection) -> None:
    doctor = Path(sys.executable).with_name("cerebro-db")
    told = subprocess.run(
        [doctor, "doctor", "--dsn", make_conninfo(os.environ["CEREBRO_MOVED"])],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert (told.returncode, "mend" in told.stdout) == (0, False), told.stdout


if __name__ == "__main__":
    filled, notes = sys.argv[1:]
    Path(notes).write_text(json.dumps(fill(filled)))
