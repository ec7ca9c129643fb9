"""A database that has been lived in: runs of every status, and all that goes with them.

It is made by whatever version the server has, by its verbs, with what that version could do. Dumps
of released versions are made of it, and the database that pg_upgrade takes to a newer server.

usage: PYTHONPATH=. python tests/integration/lived_in.py [--dump] 'host=... dbname=shop'

The database has the extension and is empty. ``--dump`` prints what pg_dump then says of it,
without what depends on the server.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest

from cerebro_db.testing.callers import Caller, calling, eventually, status, units
from cerebro_db.testing.calls import call, prepare, rows, value
from cerebro_db.testing.database import Connection

ROLES = ("overseer", "searcher", "predictor", "outsider")

TABLES = """
create table customers as
select
    i as id,
    (i * 37 % 101)::float8 / 5 as age,
    (i * 53 % 97)::float8 / 7 as spend,
    (array['monthly', 'yearly', 'none'])[1 + i % 3] as contract,
    case when (i * 37 % 101) + (i * 11 % 13) > 55 then 'yes' else 'no' end as churned
from generate_series(1, 60) i;
create table events as
select
    i as id,
    case when i % 11 > 0 then (i * 29 % 83)::numeric / 3 end as amount,
    i % 4 = 0 as first,
    timestamptz '2026-01-01 00:00+00' + i * interval '31 hours' as at,
    case when i % 13 > 0 then (array['north', 'east', 'süd', 'west'])[1 + i * 7 % 4] end as region,
    array[i % 5, i % 7, i % 3]::float8[] as signals,
    (array['low', 'middle', 'high'])[1 + (i * 29 % 83) / 28] as level,
    (i * 29 % 83)::float8 * 0.5 + i % 5 as price
from generate_series(1, 60) i
"""

LINEAR = {"model": {"family": "linear"}, "space": {"learning_rate": [0.1, 0.01]}, "epochs": 2}
MLP = {"family": "mlp", "hidden": [8], "batch_size": 1, "dropout": 0.1}
RATES = {"learning_rate": [0.01, 0.001]}
TINY = {"name": "tiny"}
SQUARED = {"family": "linear", "loss": "squared"}
DIVERGING = {"model": {"family": "mlp", "hidden": [4]}, "space": {"learning_rate": [1e30]}}
NORMALISED = {
    "model": {"family": "mlp", "hidden": [6], "batch_norm": True, "batch_size": 8},
    "space": {"learning_rate": [0.05]},
    "epochs": 3,
}
EVENTS = "select id, amount, first, at, region, signals, {} from events"

# The search that all interrupted runs were made by. It takes long enough to be met in the midst.
LONG = {"model": MLP, "space": RATES, "epochs": 40, "workers": 1}

FINISHED: dict[str, dict[str, Any]] = {
    "done": {"source": "rows", **LINEAR},
    "priced": {"source": EVENTS.format("price"), "target": "price", **NORMALISED},
    "levels": {"source": EVENTS.format("level"), "target": "level", **NORMALISED},
    "named": {"source": "rows", **LINEAR, "model": TINY},
    "partly": {
        "source": "rows",
        "model": MLP,
        "space": {"learning_rate": [0.01, 1e30]},
        "epochs": 2,
    },
}
PREDICTED = {"done": "customers", "named": "customers", "priced": "events", "levels": "events"}

# What finished runs say of some rows, to be compared with what they say after an update.
ANSWERS = """
insert into answers
select '{run}', id, cerebro_predict('{run}', t), {score}, cerebro_proba('{run}', t)
from {table} t
where id % 12 < 2
"""
DIFFERENT = """
select a.id, a.prediction, cerebro_predict(a.run, t)
from answers a join {table} t using (id)
where a.run = '{run}' and (
    a.prediction <> cerebro_predict(a.run, t) and a.prediction !~ '[0-9]'
    or abs(a.score - {score}) > {tolerance}
    or exists (
        select 1
        from jsonb_each_text(a.probabilities) before
        full join jsonb_each_text(cerebro_proba(a.run, t)) now using (key)
        where coalesce(abs(before.value::float8 - now.value::float8) > {tolerance}, true)
    )
)
"""

CODE = """
from keras import ops

def squared(truth, logits):
    return ops.mean(ops.square(truth - ops.sigmoid(logits)), axis=-1)
"""

HEAD = """\
-- A database that version {} has made, by lived_in.py, which says what is in it. What depends
-- on the server is left out.

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET client_min_messages = warning;
"""


def live_in(dsn: str) -> None:
    """Fill a database: roles, rows, datasets, models, runs of every status, shares, levels."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        create_roles(connection)
        for statement in TABLES.split(";"):
            connection.execute(statement.encode())
        prepare(
            connection,
            "rows",
            "select age, spend, contract, churned from customers",
            "churned",
            partitions=2,
        )
        call(connection, "cerebro_model", "tiny", {"family": "mlp", "hidden": [4]})
        for run, asked in FINISHED.items():
            call(connection, "cerebro_fit", run, **asked)
        _answer(connection)
        _lose_planners(dsn, connection)
        _fail(connection)
        if _version(connection) >= (0, 2):
            _live_on(dsn, connection)


def create_roles(connection: Connection) -> None:
    """Create the roles, or those of them that are not there: they are the server's."""
    for role in ROLES:
        if not value(connection, "select count(*) from pg_roles where rolname = %s", role):
            connection.execute(f"create role {role} login".encode())


def _version(connection: Connection) -> tuple[int, ...]:
    text = value(connection, "select extversion from pg_extension where extname = 'cerebro_db'")
    return tuple(map(int, text.split(".")))


def _answer(connection: Connection) -> None:
    connection.execute(
        "create table answers"
        " (run text, id int, prediction text, score float8, probabilities jsonb)"
    )
    for run, table in PREDICTED.items():
        connection.execute(ANSWERS.format(run=run, table=table, score=_score(run)).encode())


def _score(run: str) -> str:
    """Return the call that scores a row; of three classes none is the positive one."""
    return "null::float8" if run == "levels" else f"cerebro_score('{run}', t)"


def _lose_planners(dsn: str, connection: Connection) -> None:
    """Have runs end in the midst: one whose session is terminated, one that is cancelled."""
    with _in_the_midst(dsn, connection, "broken") as caller:
        connection.execute("select pg_terminate_backend(%s)", [caller.pid])
    with _in_the_midst(dsn, connection, "cancelled") as caller:
        connection.execute("select pg_cancel_backend(%s)", [caller.pid])


@contextmanager
def _in_the_midst(dsn: str, connection: Connection, run: str, **options: str) -> Iterator[Caller]:
    """Give the caller of a long search that has trained for a while."""
    with calling(dsn, lambda c: call(c, "cerebro_fit", run, "rows", **LONG, options=options)) as c:
        eventually(lambda: units(connection, run) > 12)
        yield c
        c.finish()
    eventually(lambda: status(connection, run) != "running")


def _fail(connection: Connection) -> None:
    with suppress(psycopg.Error):
        call(connection, "cerebro_fit", "failed", "rows", epochs=2, **DIVERGING)


def _live_on(dsn: str, connection: Connection) -> None:
    """Do what came with 0.2.0: durabilities, stops, levels, shares, code, clones, the queue."""
    with _in_the_midst(dsn, connection, "broken epoch", durability="epoch") as caller:
        connection.execute("select pg_terminate_backend(%s)", [caller.pid])
    with _in_the_midst(dsn, connection, "stopped"):
        call(connection, "cerebro_stop", "stopped")

    for role, level in {"overseer": "admin", "searcher": "train", "predictor": "predict"}.items():
        call(connection, "cerebro_grant", role, level)
    connection.execute(
        "grant select on customers, events, answers to overseer, searcher, predictor"
    )
    connection.execute("insert into cerebro.settings (workers_per_run) values (2)")
    connection.execute("set role overseer")
    call(connection, "cerebro_register_code", "squared", "loss", CODE)
    connection.execute("set role searcher")
    prepare(connection, "hers", "select age, spend, churned from customers", "churned")
    call(connection, "cerebro_fit", "hers", "hers", **{**LINEAR, "model": SQUARED})
    call(connection, "cerebro_clone", "hers", 1, {"learning_rate": 0.05}, from_scratch=True)
    call(connection, "cerebro_resume", "hers")
    call(connection, "cerebro_share", "hers", "predictor")
    call(connection, "cerebro_share", "hers", "overseer", "dataset")
    call(connection, "cerebro_submit", "hers later", "hers", **LINEAR)
    connection.execute("reset role")
    call(connection, "cerebro_share", "done", "predictor")
    call(connection, "cerebro_share", "rows", "searcher", "dataset")
    call(connection, "cerebro_share", "tiny", "searcher", "model")
    call(connection, "cerebro_submit", "later", "rows", **LINEAR)
    call(connection, "cerebro_submit", "failing", "rows", epochs=2, **DIVERGING)


def assert_answers_are_the_same(connection: Connection, tolerance: float) -> None:
    """Check that finished runs predict what they predicted when the database was filled."""
    for run, table in PREDICTED.items():
        different = DIFFERENT.format(run=run, table=table, score=_score(run), tolerance=tolerance)
        assert rows(connection, different) == [], run
        assert value(connection, "select count(*) from answers where run = %s", run) == 10


def assert_levels_hold(connection: Connection) -> None:
    """Check that each role sees and may do what its level and what is shared with it let it."""
    with as_role(connection, "predictor") as session:
        assert rows(session, "select run from cerebro.runs order by 1") == [("done",), ("hers",)]
        for run in ("done", "hers"):
            scores = "select count(cerebro_score(%s, c)) from customers c"
            assert value(session, scores, run) == 60
        with pytest.raises(psycopg.errors.UndefinedObject):
            session.execute("select cerebro_predict('levels', e) from events e")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            call(session, "cerebro_fit", "mine", "rows", **LINEAR)
    with as_role(connection, "searcher") as session:
        seen = rows(session, "select distinct owner from cerebro.runs")
        assert seen == [("searcher",)]
        for source, model in {"rows": TINY, "hers": SQUARED}.items():
            board = call(session, "cerebro_fit", "mine", source, **{**LINEAR, "model": model})
            assert [row[-1] for row in board] == ["finished"] * 2
            call(session, "cerebro_drop", "mine")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            call(session, "cerebro_drop", "rows", "dataset")
    with as_role(connection, "overseer") as session:
        count = "select count(*) from cerebro.runs"
        assert value(session, count) == value(connection, count)
        assert value(session, "select workers_per_run from cerebro.settings") == 2
    with (
        as_role(connection, "outsider") as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        session.execute("table cerebro.runs")


@contextmanager
def as_role(connection: Connection, role: str) -> Iterator[Connection]:
    """Give a session that has nothing but a role's rights."""
    with psycopg.connect(connection.info.dsn, autocommit=True) as session:
        session.execute(f"set session authorization {role}".encode())
        yield session


def dump(dsn: str) -> str:
    """Return what pg_dump says of a database, without settings, comments and meta-commands."""
    text = subprocess.run(
        ["pg_dump", "--encoding=UTF8", dsn], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout
    lines = [
        line
        for line in text.splitlines()
        if not re.match(r"--|\\(un)?restrict |SET |(CREATE|COMMENT ON) EXTENSION ", line)
    ]
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    with psycopg.connect(dsn) as connection:
        version = ".".join(map(str, _version(connection)))
    return f"{HEAD.format(version)}\n{body.strip()}\n"


if __name__ == "__main__":
    *options, given = sys.argv[1:]
    live_in(given)
    if options == ["--dump"]:
        print(dump(given), end="")
