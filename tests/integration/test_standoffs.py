"""The caller waits for sessions of its own, and these for a lock that it holds: nobody waits for
ever, and nothing is left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import keras
import psycopg
import pytest
from keras import layers
from psycopg import errors
from psycopg.rows import namedtuple_row

from cerebro_db import training
from cerebro_db.engines import WorkerLimits
from cerebro_db.engines.sessions import workers
from cerebro_db.engines.sessions.loopback import Loopback, connect
from cerebro_db.model.frameworks import TENSORFLOW
from cerebro_db.session.job import Statement
from cerebro_db.testing.callers import calling, eventually, sessions, status
from cerebro_db.testing.calls import QUICK, call, fit, prepare, rows, value
from cerebro_db.testing.database import Connection

Call = Callable[[Connection], Any]


@pytest.fixture(scope="module")
def connection(dsn: str) -> Iterator[Connection]:
    """The module's connection: a superuser's."""
    with psycopg.connect(dsn, autocommit=True, row_factory=namedtuple_row) as connection:
        yield connection


@pytest.fixture(scope="module", autouse=True)
def scene(connection: Connection) -> None:
    """A dataset, and runs: through, stopped, queued, and of a model that takes its framework."""
    connection.execute(
        "create table numbers as select i as id, i % 2 = 0 as y, i::float8 as x"
        " from generate_series(1, 60) i"
    )
    prepare(connection, "numbers", "select y, x from numbers", "y")
    fit(connection, "trained", "numbers", workers=1, **QUICK)
    call(connection, "cerebro_submit", "stopped", "numbers", workers=1, **QUICK)
    call(connection, "cerebro_stop", "stopped")
    call(connection, "cerebro_submit", "queued", "numbers", workers=1, **QUICK)
    call(connection, "cerebro_model", "recurrent", recurrent())
    fit(connection, "recurrent", "numbers", **{**QUICK, "model": {"name": "recurrent"}})


def recurrent() -> dict[str, Any]:
    """A model with a layer that only its framework computes."""
    # As workers start it: tests that share this process do so too, and it starts only once.
    training.warm_up()
    model = keras.Sequential(
        [keras.Input((1,), name="numeric"), layers.Reshape((1, 1)), layers.GRU(2), layers.Dense(1)]
    )
    return {"keras": json.loads(model.to_json())}


@pytest.fixture(autouse=True)
def _nothing_is_left(connection: Connection) -> Iterator[None]:
    datasets = value(connection, "select count(*) from cerebro.datasets")
    yield
    eventually(lambda: not sessions(connection, "cerebro_db control"))
    assert value(connection, "select count(*) from cerebro.datasets") == datasets
    assert rows(connection, "select pid from pg_locks where not granted") == []


# What the caller's transaction holds, the verb that it calls, and which lock that meets.
CALLS: dict[str, tuple[str, Call]] = {
    "prepare": (
        "lock table cerebro._datasets in share mode",
        lambda c: prepare(c, "new", "select y, x from numbers", "y"),
    ),
    "fit": (
        "lock table cerebro._runs in share mode",
        lambda c: fit(c, "new", "select y, x from numbers", "y", workers=1, **QUICK),
    ),
    "submit": (
        "lock table cerebro._configs in share mode",
        lambda c: call(c, "cerebro_submit", "new", "numbers", **QUICK),
    ),
    "resume": (
        "lock table cerebro._runs in share mode",
        lambda c: call(c, "cerebro_resume", "stopped"),
    ),
    "a row": (
        "update cerebro._runs set owner = owner where name = 'stopped'",
        lambda c: call(c, "cerebro_resume", "stopped"),
    ),
    "run_queue": (
        "lock table cerebro._runs in share mode",
        lambda c: call(c, "cerebro_run_queue"),
    ),
    "drop": (
        "lock table cerebro._runs in share mode",
        lambda c: call(c, "cerebro_drop", "trained"),
    ),
    "model": (
        "lock table cerebro._models in share mode",
        lambda c: call(c, "cerebro_model", "new", {"family": "linear"}),
    ),
    "wait": (
        "lock table cerebro._runs in access exclusive mode",
        lambda c: call(c, "cerebro_wait", "trained"),
    ),
    "evaluate": (
        "lock table cerebro._audit in share mode",
        lambda c: call(c, "cerebro_evaluate", "trained", "numbers"),
    ),
    "predict_table": (
        "lock table cerebro._audit in share mode",
        lambda c: call(c, "cerebro_predict_table", "trained", "numbers", "id", "predicted"),
    ),
    "a prediction's worker": (
        "lock table cerebro._kept_states in access exclusive mode",
        lambda c: rows(c, "select cerebro_score('recurrent', n) from numbers n limit 1"),
    ),
}


@pytest.mark.parametrize(("holding", "work"), CALLS.values(), ids=CALLS)
def test_a_lock_of_the_callers_own(
    dsn: str, connection: Connection, holding: str, work: Call
) -> None:
    before = rows(connection, "select run, status from cerebro.runs order by 1")
    with psycopg.connect(dsn, row_factory=namedtuple_row) as caller:
        caller.execute(holding.encode())
        with pytest.raises(errors.DeadlockDetected) as caught:
            work(caller)
        detail, pid = caught.value.diag.message_detail or "", caller.info.backend_pid
        assert f"This transaction, of process {pid}, holds " in detail
        assert " (cerebro_db control" in detail or " (cerebro_db worker" in detail
        assert (caught.value.diag.message_primary or "").startswith("cerebro_db: ")
        assert caught.value.diag.message_hint
        table = holding.split()[2]
        if holding.startswith("lock"):
            assert f"Lock on {table}. " in detail
    assert rows(connection, "select run, status from cerebro.runs order by 1") == before


def test_workers_that_cannot_write(dsn: str, connection: Connection) -> None:
    with psycopg.connect(dsn, row_factory=namedtuple_row) as caller:
        caller.execute("lock table cerebro._units in share mode")
        with pytest.raises(errors.DeadlockDetected, match="which this transaction has locked"):
            fit(caller, "interrupted", "numbers", workers=1, **QUICK)
    eventually(lambda: status(connection, "interrupted") == "interrupted")
    board = call(connection, "cerebro_resume", "interrupted")
    assert [row.status for row in board] == ["finished"]


def test_another_session_in_between(dsn: str, connection: Connection) -> None:
    """It waits for the caller, and the caller's own session waits behind it."""
    with psycopg.connect(dsn, row_factory=namedtuple_row) as caller:
        caller.execute("select count(*) from cerebro._models")
        with calling(
            dsn,
            lambda other: other.execute(
                b"begin; lock table cerebro._models; commit -- maintenance"
            ),
        ) as other:
            eventually(lambda: _waits(connection, other.pid))
            with pytest.raises(errors.DeadlockDetected) as caught:
                call(caller, "cerebro_model", "behind", {"family": "linear"})
            detail = caught.value.diag.message_detail or ""
            assert "holds AccessShareLock on cerebro._models. " in detail
            assert (
                f"Process {other.pid} waits for AccessExclusiveLock on it, with: begin;" in detail
            )
            assert "maintenance" in detail
            caller.rollback()
            other.finish()
    call(connection, "cerebro_model", "behind", {"family": "linear"})
    call(connection, "cerebro_drop", "behind", "model")


def test_what_others_run_is_not_told_to_everybody(dsn: str, connection: Connection) -> None:
    connection.execute("create role dana login")
    connection.execute("select cerebro_grant('dana', 'train')")
    connection.execute("grant select on cerebro._models to dana")
    try:
        with psycopg.connect(dsn, user="dana", row_factory=namedtuple_row) as caller:
            caller.execute("select count(*) from cerebro._models")
            with calling(
                dsn,
                lambda other: other.execute(b"begin; lock table cerebro._models; commit -- secret"),
            ) as other:
                eventually(lambda: _waits(connection, other.pid))
                with pytest.raises(errors.DeadlockDetected) as caught:
                    call(caller, "cerebro_model", "behind", {"family": "linear"})
                assert f"Process {other.pid}" in str(caught.value.diag.message_detail)
                assert "secret" not in str(caught.value)
                caller.rollback()
                other.finish()
    finally:
        connection.execute("drop owned by dana")
        connection.execute("drop role dana")


def test_workers_are_left_where_the_server_cannot_be_told(
    dsn: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks for standoffs any more when a call has failed and its workers do not answer."""
    # Long enough for the server to let a session in.
    monkeypatch.setattr(workers, "_LEAVE_SECONDS", 5.0)
    loopback = Loopback(dsn.encode(), 1)
    limits = WorkerLimits(TENSORFLOW, threads=1, cache_bytes=1)
    sessions = workers.Workers(loopback, limits, lambda *_: Statement("select"))
    with connect(loopback, "cerebro_db worker") as session, psycopg.connect(dsn) as caller:
        stuck = workers.Worker(session, loopback, limits, (0,), sessions)
        stated = "insert into cerebro._workers (pid, keeper, state) values (%s, 0, 'working')"
        connection.execute(stated, [stuck.pid])
        caller.execute("lock table cerebro._workers")
        sessions.leave([stuck])
        assert session.execute("select 1").fetchone() == (1,)
        caller.rollback()
        sessions.leave([stuck])
        with pytest.raises(psycopg.OperationalError):
            session.execute("select 1")


def test_a_lock_that_is_given_up_in_time(dsn: str, connection: Connection) -> None:
    """Who waits in between has set lock_timeout."""

    def impatient(other: Connection) -> None:
        other.execute("set lock_timeout = '2s'")
        with pytest.raises(errors.LockNotAvailable):
            other.execute(b"begin; lock table cerebro._models; commit")

    with psycopg.connect(dsn, row_factory=namedtuple_row) as caller:
        caller.execute("select count(*) from cerebro._models")
        with calling(dsn, impatient) as other:
            eventually(lambda: _waits(connection, other.pid))
            call(caller, "cerebro_model", "behind", {"family": "linear"})
            other.finish()
    call(connection, "cerebro_drop", "behind", "model")


@pytest.fixture
def gate(connection: Connection) -> Iterator[str]:
    """A source that is read to the end once nobody has the lock."""
    connection.execute(
        "create or replace function gate(x float8) returns float8 language plpgsql as"
        " $$ begin perform pg_advisory_xact_lock_shared(7); return x; end $$"
    )
    connection.execute("select pg_advisory_lock(7)")
    yield "select y, gate(x) as x from numbers"
    connection.execute("select pg_advisory_unlock_all()")


@pytest.mark.parametrize("catalog", ["pg_proc", "pg_class", "pg_type"])
@pytest.mark.parametrize("read", [False, True], ids=["read by us", "read by the caller"])
def test_maintenance_of_a_catalog_while_rows_are_read(
    dsn: str, connection: Connection, gate: str, catalog: str, read: bool
) -> None:
    arguments = {"workers": 1, **QUICK}

    def search(caller: Connection) -> Any:
        with caller.transaction():
            if read:
                caller.execute(f"select count(*) from {catalog}".encode())
            return fit(caller, catalog, gate, "y", **arguments)

    with calling(dsn, search) as caller:
        eventually(lambda: _waits(connection, caller.pid))
        with calling(dsn, lambda other: other.execute(f"vacuum full {catalog}".encode())) as other:
            if read:
                # No view may be asked meanwhile, and no session opened.
                eventually(lambda: _waits(connection, other.pid, "pg_lock_status()"))
            else:
                other.finish()
            connection.execute("select pg_advisory_unlock(7)")
            caller.finish()
            other.finish()
    assert other.error is None
    if caller.error is None:
        # Whether a session of its own has to read the catalog just then, it alone knows.
        assert not read or catalog != "pg_class"
    else:
        assert read
        assert isinstance(caller.error, errors.DeadlockDetected)
        assert f"on {catalog}" in str(caller.error.diag.message_detail)
        assert rows(connection, "select 1 from cerebro.runs where run = %s", catalog) == []
        fit(connection, catalog, gate, "y", **arguments)
    assert status(connection, catalog) == "finished"
    call(connection, "cerebro_drop", catalog)


def test_no_catalog_is_kept_locked(dsn: str, connection: Connection, gate: str) -> None:
    verbs: list[Call] = [
        lambda c: prepare(c, "new", gate, "y"),
        lambda c: prepare(c, "new", "gated", "y"),
        lambda c: call(c, "cerebro_evaluate", "trained", gate),
        lambda c: call(c, "cerebro_predict_table", "trained", "gated", "y", "predicted"),
    ]
    connection.execute(f"create view gated as {gate}".encode())
    for verb in verbs:
        with calling(dsn, verb) as caller:
            eventually(lambda: _waits(connection, caller.pid))
            kept = rows(
                connection,
                "select relation::regclass::text from pg_locks where pid = %s"
                r" and relation::regclass::text like 'pg\_%%'"
                r" and relation::regclass::text not like 'pg\_temp%%'",
                caller.pid,
            )
            connection.execute("select pg_advisory_unlock(7)")
            caller.finish()
            connection.execute("select pg_advisory_lock(7)")
        assert (caller.error, kept) == (None, [])
        if verb in verbs[:2]:
            call(connection, "cerebro_drop", "new", "dataset")
    connection.execute("drop table predicted")
    connection.execute("drop view gated")


def _waits(connection: Connection, pid: int, locks: str = "pg_locks") -> bool:
    query = f"select count(*) from {locks} where not granted and pid = %s"
    return bool(value(connection, query, pid))
