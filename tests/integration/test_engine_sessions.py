"""Worker sessions between runs: closed by the server when they idle, and set up for each run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from bare_run import LIMITS, Bare, bare_run, close_warm, nothing
from fix_server import Connection

from cerebro_db.engines import Durability
from cerebro_db.engines.postgres.inference import infer
from cerebro_db.engines.postgres.server import start_worker
from cerebro_db.engines.sessions.loopback import Loopback
from cerebro_db.engines.sessions.workers import Workers
from cerebro_db.errors import UndefinedName
from cerebro_db.store.serving import ServedNetwork
from cerebro_db.testing.callers import eventually


@pytest.fixture
def run(dsn: str, connection: Connection) -> Iterator[Bare]:
    with bare_run(dsn, connection, epochs=1, partitions=2) as run:
        yield run
    close_warm()
    eventually(lambda: not workers_of(connection))


def workers_of(connection: Connection) -> set[object]:
    found = connection.execute(
        "select pid from pg_stat_activity where application_name = 'cerebro_db worker'"
        " and datname = current_database()"
    )
    return {pid for (pid,) in found}


def test_a_warm_worker_ends_when_it_idles(run: Bare, connection: Connection) -> None:
    hasty = replace(LIMITS, idle_seconds=1)
    with run.engine(workers=1, limits=hasty) as engine:
        states = run.train(engine)
        first = workers_of(connection)
        # It does not end between two units of a run.
        assert run.setting(engine, "idle_session_timeout") == "0"
    assert workers_of(connection) == first
    with run.engine(workers=1, limits=hasty) as engine:
        assert engine.cold == 0
        assert run.setting(engine, "idle_session_timeout") == "0"
    eventually(lambda: not workers_of(connection))
    run.server.drop_states(run.control, run.place.run)
    connection.execute("delete from cerebro._units where run = %s", [run.place.run])
    with run.engine(workers=1) as engine:
        assert engine.cold == 1
        assert run.train(engine) == states


def test_a_worker_commits_as_each_run_wants_it(run: Bare, connection: Connection) -> None:
    wanted: list[tuple[Durability, str]] = [("async", "off"), ("full", "on"), ("epoch", "off")]
    workers = set()
    for durability, setting in wanted:
        with (
            bare_run(run.dsn, connection, epochs=1, partitions=2, durability=durability) as other,
            other.engine(workers=1) as engine,
        ):
            other.train(engine)
            workers |= workers_of(connection)
            assert other.setting(engine, "synchronous_commit") == setting
    assert len(workers) == 1


def test_a_worker_outlives_the_question_for_a_model_that_is_gone(
    dsn: str, connection: Connection
) -> None:
    workers = Workers(Loopback(dsn.encode(), 1), LIMITS, start_worker)
    found = []
    try:
        for _ in range(2):
            with pytest.raises(UndefinedName):
                infer(workers, ServedNetwork(4711, 1, 1), {}, nothing)
            found.append(workers_of(connection))
        assert len(found[0]) == 1
        assert found[1] == found[0]
    finally:
        close_warm()
