"""A database to which another one's models are replicated logically: it predicts, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryDirectory

import psycopg
import pytest
from fix_fit import QUICK, fit
from fix_server import Connection, server_script
from psycopg.conninfo import make_conninfo

from cerebro_db.testing.callers import eventually

CUSTOMERS = (
    "create table customers as select a, a % 2 = 0 as b, a * 1.5 as c from generate_series(1, 60) a"
)
ANSWERS = """
select a, cerebro_predict(%(run)s, t), cerebro_score(%(run)s, t), cerebro_proba(%(run)s, t)
from customers t
order by a
"""
# As the chapter for DBAs says it.
PUBLISHED = """
cerebro._datasets, cerebro._models, cerebro._code, cerebro._runs, cerebro._specs, cerebro._configs,
cerebro._units, cerebro._epochs, cerebro._decisions, cerebro._kept_states, cerebro._members,
cerebro._appraisals
"""
GO_ON_COUNTING = """
select
    setval('cerebro._datasets_id_seq', (select max(id) from cerebro._datasets)),
    setval('cerebro._runs_id_seq', (select max(id) from cerebro._runs))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Connection string of a server that decodes what it writes."""
    with TemporaryDirectory(prefix="cerebro-") as folder:
        try:
            dsn = server_script("start", folder, "wal_level=logical").stdout.strip()
            with psycopg.connect(dsn, autocommit=True) as connection:
                for name in ("publisher", "subscriber"):
                    connection.execute(f"create database {name}".encode())
            yield dsn
        finally:
            server_script("stop", folder)


@pytest.fixture(scope="module")
def publisher(server: str) -> Iterator[Connection]:
    """Where models are trained, all tables of which are published."""
    with psycopg.connect(server, dbname="publisher", autocommit=True) as connection:
        connection.execute("create extension cerebro_db cascade")
        connection.execute(CUSTOMERS)
        fit(connection, "before", "customers", "b", QUICK)
        connection.execute(f"create publication models for table {PUBLISHED}".encode())
        connection.execute("create publication everything for all tables")
        yield connection


@pytest.fixture(scope="module")
def subscriber(server: str, publisher: Connection) -> Iterator[Connection]:
    """Where they predict."""
    # In one server a subscription cannot make its slot: it would wait for its own transaction.
    publisher.execute("select pg_create_logical_replication_slot('models', 'pgoutput')")
    with psycopg.connect(server, dbname="subscriber", autocommit=True) as connection:
        connection.execute("create extension cerebro_db cascade")
        connection.execute(CUSTOMERS)
        conninfo = make_conninfo(server, dbname="publisher")
        connection.execute(
            f"create subscription models connection '{conninfo}' publication models"
            " with (create_slot = false, slot_name = 'models')".encode()
        )
        eventually(lambda: runs(connection) == ["before"] and synchronised(connection))
        yield connection


def runs(connection: Connection) -> list[str]:
    found = connection.execute("select run from cerebro.runs order by run").fetchall()
    return [str(run) for (run,) in found]


def synchronised(connection: Connection) -> bool:
    states = connection.execute("select distinct srsubstate from pg_subscription_rel").fetchall()
    return states == [("r",)]


def ask(connection: Connection, run: str) -> list[tuple[object, ...]]:
    return connection.execute(ANSWERS.encode(), {"run": run}).fetchall()


def test_what_was_trained_before_predicts_there(
    publisher: Connection, subscriber: Connection
) -> None:
    assert ask(subscriber, "before") == ask(publisher, "before")
    boards = [
        session.execute("table cerebro.leaderboard").fetchall()
        for session in (publisher, subscriber)
    ]
    assert len(boards[0]) == 1
    assert boards[0] == boards[1]


def test_what_is_trained_later_predicts_there_until_it_is_dropped(
    publisher: Connection, subscriber: Connection
) -> None:
    fit(publisher, "later", "customers", "b", QUICK)
    eventually(
        lambda: subscriber.execute(
            "select 1 from cerebro.runs where run = 'later' and status = 'finished'"
        ).fetchone()
    )
    assert ask(subscriber, "later") == ask(publisher, "later")
    publisher.execute("select cerebro_describe('later', 'told', '{a}')")
    publisher.execute("select cerebro_share('later', 'pg_monitor')")
    eventually(
        lambda: subscriber.execute(
            "select 1 from cerebro.runs where description = 'told' and shared_with = '{pg_monitor}'"
        ).fetchone()
    )
    publisher.execute("select cerebro_drop('later')")
    eventually(lambda: runs(subscriber) == ["before"])
    with pytest.raises(psycopg.errors.UndefinedObject):
        ask(subscriber, "later")


@pytest.mark.parametrize(
    "call",
    [
        """cerebro_fit('new', 'before', space => '{"learning_rate": [0.1]}')""",
        "cerebro_resume('before')",
        "cerebro_clone('before', 1, from_scratch => true)",
    ],
)
def test_what_would_need_the_rows_is_refused(subscriber: Connection, call: str) -> None:
    with pytest.raises(psycopg.errors.DataException, match="the packed rows of dataset") as raised:
        subscriber.execute(f"select * from {call}".encode())
    assert "publication" in str(raised.value.diag.message_detail)


def test_without_the_subscription_it_trains_too(
    publisher: Connection, subscriber: Connection
) -> None:
    subscriber.execute("drop subscription models")
    subscriber.execute(GO_ON_COUNTING.encode())
    fit(subscriber, "own", "customers", "b", QUICK)
    assert len(ask(subscriber, "own")) == len(ask(subscriber, "before")) == 60
