"""What BI tools need of the views, and what owners say of their runs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest
from fix_docs import let_train
from fix_fit import QUICK, fit
from fix_server import Connection

from cerebro_db.testing.calls import error_of

OWNER, OTHER = "tool_owner", "tool_other"


@pytest.fixture(scope="module", autouse=True)
def points(connection: Connection) -> None:
    connection.execute(
        "create table points as select i % 7 as a, i * 0.01 as b, i % 3 = 0 as y"
        " from generate_series(1, 300) i; grant select on points to public"
    )
    more = """model => '{"family": "mlp"}', epochs => 2,
        space => '{"hidden": [[8], [16, 8]], "learning_rate": 0.01}'"""
    fit(connection, "shown", "points", "y", more)


@pytest.fixture
def owner(dsn: str, connection: Connection) -> Iterator[Connection]:
    for role in (OWNER, OTHER):
        let_train(connection, role)
    with psycopg.connect(dsn, user=OWNER, autocommit=True) as session:
        yield session
        session.execute("select cerebro_drop(run) from cerebro.runs where owner = %s", [OWNER])
    connection.execute(f"drop owned by {OWNER}, {OTHER}; drop role {OWNER}, {OTHER}")


def test_params_can_be_read_as_text(connection: Connection) -> None:
    expected = ["hidden=[8], learning_rate=0.01", "hidden=[16, 8], learning_rate=0.01"]
    for view in ("configs", "leaderboard"):
        found = connection.execute(
            f"select params_text from cerebro.{view} where run = 'shown' order by config".encode()
        ).fetchall()
        assert [text for (text,) in found] == expected


def test_times_can_be_read_as_numbers(connection: Connection) -> None:
    with connection.transaction(force_rollback=True):
        connection.execute(
            """update cerebro._runs set finished = null, status = 'running',
                started = clock_timestamp() - interval '1 hour' where name = 'shown';
            update cerebro._configs c set status = 'running';
            delete from cerebro._units where epoch = 2;
            create view pg_temp.p as select * from cerebro.progress where run = 'shown'"""
        )
        row = connection.execute(
            """select elapsed_seconds between 3600 and 3700,
                abs(elapsed_seconds - extract(epoch from elapsed)) < 5,
                remaining is null and remaining_seconds is null
                    or abs(remaining_seconds - extract(epoch from remaining)) < 5
            from p"""
        ).fetchone()
    assert row == (True, True, True)


def test_seconds_are_rounded(connection: Connection) -> None:
    columns = connection.execute(
        """select c.relname, a.attname
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where n.nspname = 'cerebro' and c.relkind = 'v' and c.relname !~ '^_'
            and (a.attname like '%seconds' or a.attname = 'idle')"""
    ).fetchall()
    assert len(columns) >= 8
    for view, column in columns:
        found = connection.execute(
            f"select count(*), count(*) filter (where {column} is distinct from"
            f" round({column}::numeric, 3)::float8) from cerebro.{view}".encode()
        ).fetchone()
        assert found is not None
        assert found[0] > 0  # type: ignore[operator]
        assert found[1] == 0, (view, column)


def test_new_columns_are_the_last(connection: Connection) -> None:
    """So that updates can replace views that others are made of."""
    for view, last in {
        "configs": [
            "best_epoch",
            "reason",
            "bracket",
            "rung",
            "until",
            "refit",
            "refit_units",
            "framework",
        ],
        "leaderboard": ["best_epoch", "threshold", "deviation", "refit"],
        "progress": ["elapsed_seconds", "remaining_seconds"],
        "runs": ["description", "tags"],
    }.items():
        found = connection.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
            " order by attnum",
            [f"cerebro.{view}"],
        ).fetchall()
        assert [name for (name,) in found][-len(last) :] == last


def said(connection: Connection, run: str) -> object:
    return connection.execute(
        "select description, tags from cerebro.runs where run = %s", [run]
    ).fetchone()


def test_runs_are_described_and_tagged(owner: Connection) -> None:
    options = json.dumps({"description": "the first", "tags": ["prod", "weekly", "prod"]})
    fit(owner, "told", "points", "y", f"{QUICK}, options => '{options}'")
    assert said(owner, "told") == ("the first", ["prod", "weekly"])
    stored = owner.execute("select options::text from cerebro.runs where run = 'told'").fetchone()
    assert "weekly" not in str(stored)
    owner.execute("select cerebro_describe('told', 'the second')")
    assert said(owner, "told") == ("the second", ["prod", "weekly"])
    owner.execute("select cerebro_describe('told', tags => '{old}')")
    assert said(owner, "told") == ("the second", ["old"])
    found = owner.execute("select run from cerebro.runs where 'old' = any (tags)").fetchall()
    assert found == [("told",)]
    owner.execute("select cerebro_describe('told', '', '{}')")
    assert said(owner, "told") == (None, [])
    actions = owner.execute(
        "select action from cerebro.audit where kind = 'run' and name = 'told' order by id"
    ).fetchall()
    assert actions == [("fit",), *[("describe",)] * 3]


def test_a_submitted_run_is_described_too(owner: Connection) -> None:
    owner.execute(
        """select cerebro_submit('queued', 'points', 'y', options => '{"tags": ["night"]}')"""
    )
    assert said(owner, "queued") == (None, ["night"])
    owner.execute("select cerebro_describe('queued', 'waits')")
    assert said(owner, "queued") == ("waits", ["night"])


def test_only_the_owner_describes(dsn: str, owner: Connection) -> None:
    fit(owner, "mine", "points", "y", QUICK)
    owner.execute(f"select cerebro_share('mine', '{OTHER}')")
    with psycopg.connect(dsn, user=OTHER, autocommit=True) as other:
        error = error_of(other, "select cerebro_describe('mine', 'theirs')")
        assert error.sqlstate == "42501"
        owner.execute("select cerebro_describe('mine', 'seen')")
        assert said(other, "mine") == ("seen", [])


REFUSED = [
    ("cerebro_describe('shwn', 'x')", "42704", '"shown"'),
    ("cerebro_describe(null, 'x')", "22023", "run"),
    ("cerebro_describe('shown', repeat('x', 2001))", "22023", "NULL leaves"),
    ("cerebro_describe('shown', tags => array[''])", "22023", "NULL leaves"),
    ("cerebro_describe('shown', tags => array[null])", "22023", "NULL leaves"),
    ("cerebro_describe('shown', tags => array_fill('x'::text, array[33]))", "22023", "NULL"),
    ("cerebro_describe('shown', tags => array[repeat('x', 101)])", "22023", "NULL leaves"),
    ("""cerebro_submit('r', 'points', 'y', options => '{"tags": "prod"}')""", "22023", "default"),
    ("""cerebro_submit('r', 'points', 'y', options => '{"tags": [1]}')""", "22023", "default"),
    ("""cerebro_submit('r', 'points', 'y', options => '{"description": 1}')""", "22023", ""),
    ("""cerebro_submit('r', 'points', 'y', options => '{"tag": ["a"]}')""", "22023", '"tags"'),
]


@pytest.mark.parametrize(("call", "sqlstate", "hint"), REFUSED)
def test_what_describes_nothing_is_refused(
    connection: Connection, call: str, sqlstate: str, hint: str
) -> None:
    error = error_of(connection, f"select {call}")
    assert error.sqlstate == sqlstate
    assert hint in str(error.diag.message_hint)
