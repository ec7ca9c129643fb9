"""Nothing of ours is in the server's log at its defaults, whatever becomes of callers and workers.

The server is one of the test's own.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from fix_server import Connection, server_script

from cerebro_db.testing.callers import calling, eventually
from cerebro_db.testing.calls import QUICK, error_of, fit, rows, value

_WORKERS = "select count(*) from pg_stat_activity where application_name = 'cerebro_db worker'"

# A client that ends without a word, with a search in its session or a statement at work. It reads
# until then: one that does not has the server wait, and end the session before it can clean up.
_CLIENT = """
import os, select, sys, time, psycopg
caller = psycopg.connect(sys.argv[1], autocommit=True)
caller.execute(sys.argv[2])
print(caller.info.backend_pid, flush=True)
if len(sys.argv) > 3:
    caller.pgconn.send_query(sys.argv[3].encode())
    end = time.monotonic() + 3
    while time.monotonic() < end:
        select.select([caller.pgconn.socket], [], [], 0.1)
        caller.pgconn.consume_input()
os._exit(0)
"""
_FIT = """select cerebro_fit('{}', 't', 'b', '{{"family": "mlp"}}', workers := 2, epochs := {})"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="cerebro-") as name:
        try:
            (dsn,) = server_script("start", name).stdout.splitlines()
            Path(name, "dsn").write_text(dsn)
            yield Path(name)
        finally:
            server_script("stop", name)


@pytest.fixture(scope="module")
def connection(folder: Path) -> Iterator[Connection]:
    with psycopg.connect((folder / "dsn").read_text(), autocommit=True) as connection:
        connection.execute("create extension cerebro_db cascade")
        connection.execute("insert into cerebro.settings (idle_time) values ('1 s')")
        connection.execute(
            "create table t as select i as a, i % 2 = 0 as b from generate_series(1, 400) i"
        )
        yield connection


class Log:
    """What has come into the server's log since this was made."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "log"
        self._begun = self._file.stat().st_size

    def entries(self, *, without: int = 0) -> list[str]:
        """Return all but what the server tells of itself, and what one process says."""
        text = self._file.read_bytes()[self._begun :].decode()
        entries = re.sub(r"\n\t", " ", text).splitlines()
        passed = rf"\[\d+\] LOG:  (checkpoint|parameter)|\[{without}\] "
        return [entry for entry in entries if not re.search(passed, entry)]


@pytest.fixture
def log(folder: Path, connection: Connection) -> Log:
    eventually(lambda: value(connection, _WORKERS) == 0)
    return Log(folder)


def client(folder: Path, *arguments: str) -> int:
    """Run a client to its end; return the process that served it."""
    done = subprocess.run(
        [sys.executable, "-c", _CLIENT, (folder / "dsn").read_text(), *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return int(done.stdout)


def test_searches_and_workers_that_idle_leave_nothing(
    folder: Path, connection: Connection, log: Log
) -> None:
    fit(connection, "quiet", "t", "b", workers=2, **QUICK)
    value(connection, "select count(cerebro_score('quiet', t)) from t")
    value(connection, "select cerebro_evaluate('quiet', 't')")
    eventually(lambda: value(connection, _WORKERS) == 0)
    assert log.entries() == []


def test_a_diverging_configuration_leaves_nothing(connection: Connection, log: Log) -> None:
    fit(connection, "wild", "t", "b", space={"learning_rate": [0.01, 1e30]}, epochs=2)
    statuses = "select count(distinct status) from cerebro.configs where run = 'wild'"
    assert value(connection, statuses) == 2
    assert log.entries() == []


def test_a_client_that_leaves_after_a_search_leaves_nothing(
    folder: Path, connection: Connection, log: Log
) -> None:
    client(folder, _FIT.format("after", 1))
    eventually(lambda: value(connection, _WORKERS) == 0)
    assert log.entries() == []


def test_a_client_that_leaves_amid_a_search_leaves_what_it_always_does(
    folder: Path, connection: Connection, log: Log
) -> None:
    caller = client(folder, _FIT.format("before", 1), _FIT.format("amid", 10_000))
    eventually(lambda: value(connection, _WORKERS) == 0)
    assert log.entries(without=caller) == []
    status = "select status from cerebro.runs where run = 'amid'"
    eventually(lambda: value(connection, status) == "interrupted")


@pytest.mark.parametrize(
    ("ends", "sqlstate", "status"),
    [("terminate", "57P01", "interrupted"), ("cancel", "57014", "cancelled")],
)
def test_a_caller_that_is_ended_amid_a_search_leaves_what_it_always_does(
    folder: Path, connection: Connection, log: Log, ends: str, sqlstate: str, status: str
) -> None:
    trained = f"select count(*) from cerebro.hops where run = '{ends}'"
    statement = _FIT.format(ends, 10_000).encode()
    with calling((folder / "dsn").read_text(), lambda caller: caller.execute(statement)) as caller:
        eventually(lambda: value(connection, trained) > 0)
        connection.execute(f"select pg_{ends}_backend(%s)".encode(), [caller.pid])
        caller.finish()
    assert caller.error is not None
    assert caller.error.sqlstate == sqlstate
    eventually(lambda: value(connection, _WORKERS) == 0)
    assert log.entries(without=caller.pid) == []
    found = value(connection, "select status from cerebro.runs where run = %s", ends)
    assert found == status


def test_workers_outlive_an_error_that_is_not_theirs(connection: Connection) -> None:
    def workers() -> list[object]:
        return rows(connection, "select pid, state from cerebro.workers order by pid")

    heard: list[str] = []
    connection.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
    connection.execute("update cerebro.settings set idle_time = '1 min'")
    connection.execute(
        "create table holed as select i as a, i % 2 = 0 as b,"
        " case when i > 390 then 'NaN' else i::float8 end as c from generate_series(1, 400) i"
    )
    # New ones still import the framework when the rows turn out not to do.
    error_of(connection, "select cerebro_fit('holes', 'holed', 'b', workers := 2)")
    kept = workers()
    assert [state for _, state in kept] == ["idle", "idle"]
    fit(connection, "whole", "t", "b", workers=2, **QUICK)
    assert workers() == kept
    # They have done so the next time, also the one that nothing was left for.
    eventually(lambda: value(connection, _WORKERS + " and state <> 'idle'") == 0)
    # This session hears of it when it next waits for them.
    fit(connection, "in between", "t", "b", workers=2, **QUICK)
    error_of(connection, "select cerebro_fit('holes', 'holed', 'b', workers := 2)")
    assert workers() == kept
    heard.clear()
    fit(connection, "whole again", "t", "b", workers=2, **QUICK)
    assert workers() == kept
    assert not [line for line in heard if "meanwhile" in line]
