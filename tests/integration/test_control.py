"""Cancelling, losing workers, several callers at once, and roles that are not the superuser's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fix_server import Connection
from psycopg import errors

from cerebro_db.testing.data import load_tumours_into

SLOW = """select * from cerebro_fit('{}', 'rows', 'y', epochs => 10000, workers => 2,
    model => '{{"family": "mlp", "hidden": [64, 64]}}',
    space => '{{"learning_rate": [0.001, 0.01]}}')
"""

WORKERS = (
    "select pid, state from pg_stat_activity where application_name like 'cerebro_db %' and"
    " datname = current_database()"
)


@pytest.fixture(scope="module", autouse=True)
def rows(connection: Connection) -> None:
    load_tumours_into(connection)
    connection.execute(
        "create table rows as select i % 7 as a, (i * 7919) % 104729 as b, i % 2 = 0 as y"
        " from generate_series(1, 20000) i"
    )


def eventually(condition: Callable[[], Any]) -> Any:
    """Wait until something holds, up to a minute."""
    for _ in range(600):
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError("it never happened")


class Caller(threading.Thread):
    """Runs one statement on a connection of its own, in the background."""

    def __init__(self, dsn: str, statement: str) -> None:
        super().__init__(daemon=True)
        self.connection = psycopg.connect(dsn, autocommit=True)
        self.pid = self.connection.info.backend_pid
        self.statement = statement
        self.rows: list[Any] = []
        self.error: psycopg.Error | None = None
        self.start()

    def run(self) -> None:
        try:
            self.rows = self.connection.execute(self.statement.encode()).fetchall()
        except psycopg.Error as error:
            self.error = error


def units_of(connection: Connection, run: str) -> int:
    row = connection.execute(
        "select coalesce(sum(units), 0)::int from cerebro.configs where run = %s", [run]
    ).fetchone()
    assert row is not None
    return int(str(row[0]))


@pytest.fixture
def slow_run(dsn: str, connection: Connection) -> Iterator[Caller]:
    """A run that would take hours, seen training."""
    caller = Caller(dsn, SLOW.format("slow"))
    eventually(lambda: units_of(connection, "slow") > 3)
    yield caller
    caller.join(60)
    assert not caller.is_alive()
    caller.connection.close()
    eventually(lambda: not connection.execute(WORKERS.encode()).fetchall())
    connection.execute("select cerebro_drop('slow')")


def status(connection: Connection, run: str) -> Any:
    row = connection.execute("select status from cerebro.runs where run = %s", [run]).fetchone()
    return row and row[0]


def test_a_cancel_stops_the_workers(connection: Connection, slow_run: Caller) -> None:
    assert status(connection, "slow") == "running"
    connection.execute("select pg_cancel_backend(%s)", [slow_run.pid])
    eventually(lambda: not connection.execute(WORKERS.encode()).fetchall())
    eventually(lambda: slow_run.error)
    assert isinstance(slow_run.error, errors.QueryCanceled)
    assert status(connection, "slow") == "cancelled"
    still = units_of(connection, "slow")
    time.sleep(1)
    assert units_of(connection, "slow") == still


def test_a_terminated_caller_takes_its_workers_along(
    connection: Connection, slow_run: Caller
) -> None:
    connection.execute("select pg_terminate_backend(%s)", [slow_run.pid])
    eventually(lambda: not connection.execute(WORKERS.encode()).fetchall())
    assert status(connection, "slow") == "interrupted"


def test_a_lost_worker_is_replaced(connection: Connection, slow_run: Caller) -> None:
    busy = "select pid from pg_stat_activity where application_name = 'cerebro_db worker'"
    before = {row[0] for row in connection.execute(busy.encode())}
    victim = min(before)
    connection.execute("select pg_terminate_backend(%s)", [victim])

    def replaced() -> bool:
        now = {
            row[0]
            for row in connection.execute(
                "select distinct pid from cerebro.hops where run = 'slow'"
            )
        }
        return bool(now - before)

    eventually(replaced)
    assert slow_run.is_alive()
    twice = connection.execute(
        "select config, epoch, partition from cerebro.hops where run = 'slow'"
        " group by 1, 2, 3 having count(*) > 1"
    ).fetchall()
    assert twice == []
    connection.execute("select pg_cancel_backend(%s)", [slow_run.pid])


def test_a_cancelled_worker_is_no_fault_of_its_configuration(
    connection: Connection, slow_run: Caller
) -> None:
    before = units_of(connection, "slow")
    connection.execute(
        "select pg_cancel_backend(pid) from pg_stat_activity where state = 'active'"
        " and application_name = 'cerebro_db worker' limit 1"
    )
    eventually(lambda: units_of(connection, "slow") > before + 4)
    failed = "select count(*) from cerebro.configs where run = 'slow' and status = 'failed'"
    assert connection.execute(failed.encode()).fetchone() == (0,)
    connection.execute("select pg_cancel_backend(%s)", [slow_run.pid])


def test_a_cancel_is_noticed_while_the_planner_waits_for_a_lock(
    dsn: str, connection: Connection, slow_run: Caller
) -> None:
    """As while pg_dump reads the states that the planner wants to drop."""
    states = r"select relname from pg_class where relname like '\_states\_%' and relkind = 'r'"
    waiting = (
        "select from pg_stat_activity where application_name = 'cerebro_db control'"
        " and wait_event_type = 'Lock'"
    )
    with psycopg.connect(dsn) as reader:
        for row in connection.execute(states.encode()).fetchall():
            reader.execute(f"lock table cerebro.{row[0]} in access share mode".encode())
        eventually(lambda: connection.execute(waiting.encode()).rowcount)
        connection.execute("select pg_cancel_backend(%s)", [slow_run.pid])
        eventually(lambda: slow_run.error)
        assert isinstance(slow_run.error, errors.QueryCanceled)
    assert status(connection, "slow") == "cancelled"


def test_a_cancel_while_rows_are_prepared_leaves_nothing(dsn: str, connection: Connection) -> None:
    tables = r"select relname from pg_class where relname like '\_chunks\_%' and relkind = 'r'"
    before = connection.execute(tables.encode()).fetchall()
    caller = Caller(
        dsn,
        "select cerebro_prepare('large', 'select i % 7 as a, sin(i) as b, cos(i) as c, i % 2 = 0"
        " as y from generate_series(1, 3000000) i', 'y')",
    )
    packing = (
        "select from pg_stat_activity where application_name = 'cerebro_db control'"
        ' and query like \'insert into "cerebro"."_chunks_%\''
    )
    eventually(lambda: connection.execute(packing.encode()).rowcount)
    connection.execute("select pg_cancel_backend(%s)", [caller.pid])
    caller.join(60)
    assert isinstance(caller.error, errors.QueryCanceled)
    caller.connection.close()
    eventually(lambda: not connection.execute(WORKERS.encode()).fetchall())
    assert connection.execute(tables.encode()).fetchall() == before


def test_a_running_run_and_its_dataset_are_not_dropped(
    connection: Connection, slow_run: Caller
) -> None:
    for statement in ("cerebro_drop('slow')", "cerebro_drop('slow', 'dataset')"):
        with pytest.raises(errors.ObjectInUse):
            connection.execute(f"select {statement}".encode())
    connection.execute("select pg_cancel_backend(%s)", [slow_run.pid])


def test_statement_timeout_ends_a_run(dsn: str, connection: Connection) -> None:
    caller = Caller(dsn, "set statement_timeout = '15s'; " + SLOW.format("timed"))
    caller.join(90)
    assert isinstance(caller.error, errors.QueryCanceled)
    caller.connection.close()
    eventually(lambda: not connection.execute(WORKERS.encode()).fetchall())
    assert status(connection, "timed") == "cancelled"


def test_a_session_keeps_its_workers_warm_and_ends_them_with_itself(
    dsn: str, connection: Connection
) -> None:
    fit = """select cerebro_fit('warm {}', 'tumours', 'diagnosis', epochs => 1,
        model => '{{"family": "linear"}}', space => '{{"learning_rate": [0.1, 0.01]}}')"""
    pids = "select distinct pid from cerebro.hops where run = %s"
    with psycopg.connect(dsn, autocommit=True) as session:
        session.execute(fit.format(1).encode())
        session.execute(fit.format(2).encode())
        first, second = ({row[0] for row in session.execute(pids, [f"warm {i}"])} for i in (1, 2))
        workers = {row[0] for row in connection.execute(WORKERS.encode())}
        assert first | second <= workers
        assert len(workers) == 2
    eventually(lambda: not connection.execute(WORKERS.encode()).fetchall())


def test_two_callers_at_once_do_not_meet(dsn: str, connection: Connection) -> None:
    fit = """select * from cerebro_fit('{}', 'tumours', 'diagnosis', epochs => 3, workers => 1,
        model => '{{"family": "linear"}}', space => '{{"learning_rate": [0.1, 0.01]}}')"""
    callers = [Caller(dsn, fit.format(f"caller {i}")) for i in range(2)]
    for caller in callers:
        caller.join(120)
        assert caller.error is None
        caller.connection.close()
    assert [row[1:7] for row in callers[0].rows] == [row[1:7] for row in callers[1].rows]


def test_of_two_callers_with_one_name_one_is_refused(dsn: str, connection: Connection) -> None:
    fit = """select * from cerebro_fit('same name', 'tumours', 'diagnosis', epochs => 1,
        workers => 1, model => '{"family": "linear"}', space => '{"learning_rate": [0.1]}')"""
    callers = [Caller(dsn, fit) for _ in range(2)]
    for caller in callers:
        caller.join(120)
        caller.connection.close()
    refused = [caller.error for caller in callers if caller.error is not None]
    assert len(refused) == 1
    assert refused[0].sqlstate == "42710"


def documented_grants() -> str:
    """Return the statements that docs/dba.md gives for a role that trains."""
    text = (Path(__file__).parents[2] / "docs" / "dba.md").read_text()
    return text.split("### To train", 1)[1].split("```sql", 1)[1].split("```", 1)[0]


@pytest.fixture
def analyst(dsn: str, connection: Connection) -> Iterator[Connection]:
    """A connection of an ordinary role that has been granted what the documentation says."""
    connection.execute(documented_grants().encode())
    connection.execute("create role analyst login in role data_science")
    with psycopg.connect(dsn, user="analyst", autocommit=True) as session:
        yield session


def test_an_ordinary_role_trains_on_what_it_may_read(
    connection: Connection, analyst: Connection
) -> None:
    fit = """select * from cerebro_fit('theirs', 'tumours', 'diagnosis', epochs => 1, workers => 1,
        model => '{"family": "linear"}', space => '{"learning_rate": [0.1]}')"""
    with pytest.raises(errors.InsufficientPrivilege):
        analyst.execute(fit.encode())
    connection.execute("grant select on tumours to analyst")
    assert len(analyst.execute(fit.encode()).fetchall()) == 1
    row = analyst.execute("select run, owner from cerebro.runs").fetchall()
    assert row == [("theirs", "analyst")]
    row = analyst.execute("select cerebro_predict('theirs', t) from tumours t limit 1").fetchall()
    assert row[0][0] in ("benign", "malignant")
    connection.execute(fit.replace("theirs", "not theirs").encode())
    with pytest.raises(errors.InsufficientPrivilege):
        analyst.execute("select cerebro_drop('not theirs')")
    with pytest.raises(errors.UndefinedObject):
        analyst.execute("select cerebro_predict('not theirs', t) from tumours t limit 1")
    for internal in ("_start_worker(1, 0)", "_train('{}', '{}', null)", "_infer(1, 1, '')"):
        with pytest.raises(errors.InsufficientPrivilege):
            analyst.execute(f"select cerebro.{internal}".encode())
    with pytest.raises(errors.InsufficientPrivilege):
        analyst.execute(
            fit.replace("'tumours', 'diagnosis'", "'not theirs', null")
            .replace("'theirs'", "'more'")
            .encode()
        )
    # Another's dataset of a table's name does not take the table away.
    connection.execute("select cerebro_prepare('tumours', 'tumours', 'size')")
    again = fit.replace("'theirs'", "'theirs too'")
    assert len(analyst.execute(again.encode()).fetchall()) == 1
    analyst.execute("select cerebro_drop('theirs'), cerebro_drop('theirs too')")
