"""cerebro-db worker, as a service manager runs it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from fix_server import server_script
from psycopg.rows import namedtuple_row

from cerebro_db.testing.callers import eventually, sessions, status, units
from cerebro_db.testing.database import Connection

PROGRAM = Path(sys.executable).with_name("cerebro-db")

ROWS = """create table rows as
    select i % 7 as a, (i * 7919) % 104729 as b, i % 2 = 0 as y from generate_series(1, 2000) i"""

SUBMIT = """select cerebro_submit(%s, 'rows', 'y', epochs => %s, workers => 1,
    model => '{"family": "linear"}', space => '{"learning_rate": [0.01]}')"""

Service = subprocess.Popen[str]


@pytest.fixture(scope="module")
def connection(dsn: str) -> Iterator[Connection]:
    """The module's connection, in autocommit."""
    with connected(dsn) as connection:
        yield connection


def connected(dsn: str) -> Connection:
    return psycopg.connect(dsn, autocommit=True, row_factory=namedtuple_row)


@pytest.fixture
def serve() -> Iterator[Callable[[str], Service]]:
    """Starts services, which end with the test."""
    with ExitStack() as stack:

        def start(dsn: str) -> Service:
            service = subprocess.Popen(
                [str(PROGRAM), "worker", "--dsn", dsn],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(service)
            stack.callback(service.kill)
            return service

        yield start


def stopped(service: Service) -> tuple[str, str]:
    """Stop a service as systemd does; return what it has printed."""
    service.send_signal(signal.SIGTERM)
    output, errors = service.communicate(timeout=60)
    assert service.returncode == 0, errors
    return output, errors


def attempts(connection: Connection, run: str) -> object:
    return connection.execute(
        "select status, attempts from cerebro._runs where name = %s", [run]
    ).fetchone()


def test_it_runs_what_is_queued_and_ends_on_a_signal(
    dsn: str, connection: Connection, serve: Callable[[str], Service]
) -> None:
    connection.execute(ROWS)
    connection.execute(SUBMIT, ["first", 1])
    service = serve(dsn)
    assert connection.execute("select cerebro_wait('first')").fetchone() == ("finished",)
    connection.execute(SUBMIT, ["second", 1])
    assert connection.execute("select cerebro_wait('second')").fetchone() == ("finished",)
    eventually(lambda: not sessions(connection))
    assert stopped(service) == ("first: finished\nsecond: finished\n", "")


def test_a_run_in_hand_goes_back_to_the_queue_and_on_from_there(
    dsn: str, connection: Connection, serve: Callable[[str], Service]
) -> None:
    connection.execute(SUBMIT, ["long", 100_000])
    service = serve(dsn)
    eventually(lambda: units(connection, "long") > 3)
    stopped(service)
    assert attempts(connection, "long") == ("queued", 0)
    eventually(lambda: not sessions(connection))

    done = units(connection, "long")
    service = serve(dsn)
    eventually(lambda: units(connection, "long") > done)
    assert attempts(connection, "long") == ("running", 1)
    connection.execute("select cerebro_cancel('long')")
    eventually(lambda: status(connection, "long") == "cancelled")
    assert stopped(service) == ('long: cancelled: run "long" was cancelled\n', "")
    assert attempts(connection, "long") == ("cancelled", 1)


def test_it_survives_a_restart_of_the_server(serve: Callable[[str], Service]) -> None:
    with TemporaryDirectory(prefix="cerebro-") as folder:
        try:
            dsn = server_script("start", folder).stdout.strip()
            with connected(dsn) as connection:
                connection.execute("create extension cerebro_db cascade")
                connection.execute(ROWS)
                connection.execute(SUBMIT, ["long", 100_000])
                service = serve(dsn)
                eventually(lambda: units(connection, "long") > 3)
            server_script("stop", folder)
            server_script("start", folder)
            with connected(dsn) as connection:
                done = units(connection, "long")
                eventually(lambda: units(connection, "long") > done)
                assert attempts(connection, "long") == ("running", 2)
            _, errors = stopped(service)
            assert "error: " in errors
        finally:
            server_script("stop", folder)


def test_it_ends_where_only_a_person_can_help(
    bare_dsn: str, serve: Callable[[str], Service]
) -> None:
    service = serve(bare_dsn)
    _, errors = service.communicate(timeout=60)
    assert service.returncode == 1
    assert "cerebro_run_queue(integer) does not exist" in errors
    assert "Traceback" not in errors
