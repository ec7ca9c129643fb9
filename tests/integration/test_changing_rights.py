"""Rights on functions change, again and again, while a verb is at work: the server stays up, and
the results are right."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from cerebro_db.testing.callers import working
from cerebro_db.testing.calls import call, evaluate, fit, predict_table, prepare, rows, value
from cerebro_db.testing.database import Connection

ROWS = 60
SEARCH = {
    "model": {"family": "linear"},
    "space": {"learning_rate": [0.01, 0.1]},
    "epochs": 2,
    "workers": 1,
}

# Rights of a role that takes no part, on each function of the extension, and what alice was granted
# herself, all of which is hers through trainers as well.
CHANGES = [
    "select cerebro_grant('bystander', 'train')",
    "select cerebro_revoke('bystander')",
    "grant execute on function {functions} to bystander",
    "revoke execute on function {functions} from bystander",
    "grant execute on function {functions} to alice",
    "drop owned by alice",
]
_FUNCTIONS = """
select string_agg(p.oid::regprocedure::text, ', ')
from pg_proc p
join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
join pg_extension e on d.refclassid = 'pg_extension'::regclass and e.oid = d.refobjid
where e.extname = 'cerebro_db'
"""


@pytest.fixture(scope="module")
def connection(dsn: str) -> Iterator[Connection]:
    """The module's connection: a superuser's."""
    with psycopg.connect(dsn, autocommit=True, row_factory=namedtuple_row) as connection:
        yield connection


@pytest.fixture(scope="module", autouse=True)
def scene(connection: Connection) -> Iterator[None]:
    """Roles, and a source that takes its time."""
    for role in ("trainers", "alice login", "bystander"):
        connection.execute(f"create role {role}".encode())
    connection.execute("select cerebro_grant('trainers', 'train')")
    connection.execute("grant trainers to alice")
    connection.execute(
        "create function slow(x float8) returns float8 language plpgsql as"
        " $$ begin perform pg_sleep(0.02); return x; end $$"
    )
    connection.execute(
        f"create table numbers as select i as id, i % 2 = 0 as y, i::float8 as x"
        f" from generate_series(1, {ROWS}) i".encode()
    )
    connection.execute("create view source as select id, y, slow(x) as x from numbers")
    connection.execute("grant select on numbers, source to public")
    connection.execute("grant create on schema public to trainers")
    yield
    connection.execute("drop owned by trainers, alice, bystander cascade")
    connection.execute("drop role trainers, alice, bystander")


@pytest.fixture(scope="module")
def alice(dsn: str, scene: None) -> Iterator[Connection]:
    """The session that calls, of a role that has all that it needs through another one."""
    with psycopg.connect(dsn, user="alice", autocommit=True, row_factory=namedtuple_row) as alice:
        # What she makes is not hers, or it would go with what she owns.
        alice.execute("set role trainers")
        yield alice


@pytest.fixture(scope="module")
def trained(alice: Connection) -> None:
    """A run of alice's that serves."""
    fit(alice, "trained", "select y, x from source", "y", **SEARCH)


@contextmanager
def changing(dsn: str) -> Iterator[None]:
    """Have rights change in another session, at least once each, until a with block ends."""
    ended = threading.Event()
    rounds = []

    def change() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            functions = value(connection, _FUNCTIONS)
            while not ended.is_set():
                for statement in CHANGES:
                    connection.execute(statement.format(functions=functions).encode())
                rounds.append(1)

    thread = threading.Thread(target=change, daemon=True)
    thread.start()
    try:
        yield
        assert thread.is_alive()
    finally:
        ended.set()
        thread.join()
    assert rounds


@pytest.fixture(autouse=True)
def _the_server_stays_up(connection: Connection) -> Iterator[None]:
    before = value(connection, "select pg_postmaster_start_time()")
    pid = connection.info.backend_pid
    yield
    # Its session would have ended with all others.
    assert value(connection, "select pg_backend_pid()") == pid
    assert value(connection, "select pg_postmaster_start_time()") == before


def test_prepare(dsn: str, alice: Connection) -> None:
    with changing(dsn):
        for number in range(3):
            made = prepare(alice, f"prepared {number}", "select y, x from source", "y")
            assert (made.rows + made.validation_rows, made.features) == (ROWS, 1)


def test_fit(dsn: str, alice: Connection, trained: None) -> None:
    with changing(dsn):
        board = fit(alice, "fitted", "select y, x from source", "y", **SEARCH)
    assert [row.status for row in board] == ["finished"] * 2
    undisturbed = rows(alice, "select value from cerebro.leaderboard where run = 'trained'")
    assert [row.value for row in board] == [value for (value,) in undisturbed]


def test_fit_writes_a_table(dsn: str, alice: Connection) -> None:
    search = "'select y, x from source', 'y', '{\"family\": \"linear\"}', epochs => 1, workers => 1"
    with changing(dsn):
        alice.execute(
            f"create table board as select * from cerebro_fit('tabled', {search})".encode()
        )
    assert rows(alice, "table board") == rows(
        alice,
        "select rank, config, params, metric, value, loss, validation_loss, epochs, seconds, status"
        " from cerebro.leaderboard where run = 'tabled' order by rank",
    )


def test_rows_that_are_taken_one_by_one(dsn: str, alice: Connection, trained: None) -> None:
    """As a set in a list of expressions, rows are asked for one after the other."""
    alice.execute("select cerebro_add('trained', '{\"learning_rate\": [0.2, 0.3, 0.4]}')")
    with changing(dsn):
        board = rows(alice, "select cerebro_resume('trained') as row, slow(slow(slow(1)))")
    assert len(board) == 5


def test_submit_and_run_queue(dsn: str, alice: Connection) -> None:
    with changing(dsn):
        call(alice, "cerebro_submit", "submitted", "select y, x from source", "y", **SEARCH)
        assert call(alice, "cerebro_run_queue") == [(1,)]
        assert call(alice, "cerebro_wait", "submitted") == [("finished",)]


def test_wait(dsn: str, alice: Connection) -> None:
    call(alice, "cerebro_submit", "awaited", "select y, x from numbers", "y", **SEARCH)
    with changing(dsn), psycopg.connect(dsn, user="alice", autocommit=True) as other:
        other.execute("set role trainers")
        with working(alice, lambda alice: call(alice, "cerebro_wait", "awaited")) as waiting:
            call(other, "cerebro_run_queue")
            waiting.finish()
    assert waiting.result == [("finished",)]


def test_predictions_of_rows(dsn: str, alice: Connection, trained: None) -> None:
    query = (
        "select id, cerebro_predict('trained', s), cerebro_score('trained', s),"
        " cerebro_proba('trained', s) from {} s order by id"
    )
    before = rows(alice, query.format("numbers"))
    with changing(dsn):
        assert rows(alice, query.format("source")) == before


def test_predict_table(dsn: str, alice: Connection, trained: None) -> None:
    with changing(dsn):
        assert predict_table(alice, "trained", "source", "id", "predicted") == ROWS
    assert rows(alice, "select id, prediction from predicted order by id") == rows(
        alice, "select id, cerebro_predict('trained', n) from numbers n order by id"
    )


def test_evaluate(dsn: str, alice: Connection, trained: None) -> None:
    before = evaluate(alice, "trained", "numbers")
    with changing(dsn):
        assert evaluate(alice, "trained", "source") == before


def test_a_verb_in_the_source_of_the_same_verb(dsn: str, alice: Connection, trained: None) -> None:
    """The server makes anew what it knows of a function whose rights have changed, though a call of
    it is not over."""
    alice.execute(
        "create function nested(x float8) returns float8 language plpgsql as $$ begin"
        " perform slow(x);"
        " begin perform cerebro_evaluate('trained', 'numbers');"
        " raise exception 'it writes nothing, and yet it ran';"
        " exception when read_only_sql_transaction then return x; end;"
        " end $$"
    )
    before = evaluate(alice, "trained", "numbers")
    with changing(dsn):
        assert evaluate(alice, "trained", "select y, nested(x) as x from numbers") == before


def test_what_takes_no_time(dsn: str, alice: Connection, trained: None) -> None:
    linear = {"family": "linear"}
    with changing(dsn):
        for number in range(20):
            call(alice, "cerebro_model", f"model {number}", linear)
            call(alice, "cerebro_share", f"model {number}", "bystander", "model")
            call(alice, "cerebro_unshare", f"model {number}", "bystander", "model")
            call(alice, "cerebro_drop", f"model {number}", "model")
            call(alice, "cerebro_submit", "brief", "numbers", "y", linear)
            call(alice, ("cerebro_stop", "cerebro_cancel")[number % 2], "brief")
            call(alice, "cerebro_drop", "brief")
