"""Whatever cancels a search, and at whatever moment: no session is left, and the search goes on
from there, to the same weights."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from cerebro_db.testing.callers import Caller, calling, eventually, sessions, status, units
from cerebro_db.testing.calls import call, error_of, fit, prepare, rows
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import chunk_tables, spooled_files, state_tables
from cerebro_db.testing.long_runs import (
    EPOCHS,
    await_units,
    endless,
    final_states,
    prepare_points,
    resume,
    search,
    states,
)

# Enough units for each of the cancels to find some left.
LONG = 3 * EPOCHS
Act = Callable[[Connection, Caller], Any]
WAYS: dict[str, Act] = {
    "pg_cancel_backend": lambda connection, caller: rows(
        connection, "select pg_cancel_backend(%s)", caller.pid
    ),
    "pg_terminate_backend": lambda connection, caller: rows(
        connection, "select pg_terminate_backend(%s)", caller.pid
    ),
    "cerebro_cancel": lambda connection, caller: call(connection, "cerebro_cancel", "cancelled"),
}
"""How another session ends the caller of run "cancelled"."""


@pytest.fixture(scope="module", autouse=True)
def points(connection: Connection) -> None:
    prepare_points(connection)


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[str, float], None]:
    """Record how long it took until all was quiet; nothing is asked of it."""

    def write(way: str, seconds: float) -> None:
        record_property(f"seconds until quiet after {way}", round(seconds, 2))
        print(f"{way}: quiet after {seconds:.2f} s")

    return write


def seconds_until_quiet(connection: Connection, act: Callable[[], Any]) -> float:
    """Do something that ends all sessions of searches, and wait for it."""
    began = time.monotonic()
    act()
    eventually(lambda: not sessions(connection))
    return time.monotonic() - began


def check_cancelled(connection: Connection, error: psycopg.Error | None) -> None:
    """Check what the caller and everybody else sees of a run that was cancelled."""
    assert error is not None
    assert (error.sqlstate or "57").startswith("57"), error
    # The session that held the run's lock may end a moment after its caller.
    eventually(lambda: status(connection, "cancelled") in ("cancelled", "interrupted"))
    assert rows(connection, "select gid from pg_prepared_xacts") == []


@pytest.fixture(scope="class")
def cancelled(dsn: str, connection: Connection) -> None:
    """A run that was cancelled before its workers were ready."""
    with calling(dsn, search("cancelled", LONG)) as caller:
        eventually(
            lambda: rows(
                connection,
                "select pid from pg_stat_activity where application_name = 'cerebro_db worker'"
                " and state = 'active' and datname = current_database()"
                " and exists (select 1 from cerebro.runs where run = 'cancelled')",
            )
        )
        cancel = WAYS["pg_cancel_backend"]
        seconds = seconds_until_quiet(connection, lambda: cancel(connection, caller))
        print(f"while workers import: quiet after {seconds:.2f} s")
    check_cancelled(connection, caller.error)
    assert units(connection, "cancelled") == 0


@pytest.mark.usefixtures("cancelled")
class TestARun:
    """One run, cancelled and resumed over and over."""

    @pytest.mark.parametrize("way", WAYS)
    def test_another_session_ends_it(
        self, dsn: str, connection: Connection, way: str, report: Callable[[str, float], None]
    ) -> None:
        with training(dsn, connection) as caller:
            report(way, seconds_until_quiet(connection, lambda: WAYS[way](connection, caller)))
            caller.finish()
            check_cancelled(connection, caller.error)
            if way != "pg_terminate_backend":
                # The session is of use again.
                assert status(caller.connection, "cancelled") == "cancelled"

    def test_its_time_is_over(
        self, dsn: str, connection: Connection, report: Callable[[str, float], None]
    ) -> None:
        def work(session: Connection) -> None:
            """Have warm workers, so that it trains when its time is over."""
            fit(session, "short", "points", model={"family": "linear"}, epochs=1, workers=2)
            session.execute("set statement_timeout = '3s'")
            resume("cancelled")(session)

        with calling(dsn, work) as caller:
            caller.finish()
            report("statement_timeout", seconds_until_quiet(connection, lambda: None))
        assert isinstance(caller.error, psycopg.errors.QueryCanceled)
        check_cancelled(connection, caller.error)

    def test_ctrl_c_in_psql(
        self, dsn: str, connection: Connection, report: Callable[[str, float], None]
    ) -> None:
        if (psql := shutil.which("psql")) is None:
            pytest.skip("there is no psql")
        before = units(connection, "cancelled")
        command = [psql, dsn, "--no-psqlrc", "-c", "select cerebro_resume('cancelled')"]
        # In a session of its own, where no terminal sends what it sends to all.
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        with process:
            await_units(connection, "cancelled", before + 4)
            report(
                "Ctrl-C in psql",
                seconds_until_quiet(connection, lambda: os.kill(process.pid, signal.SIGINT)),
            )
            output, _ = process.communicate()
        assert b"canceling statement" in output, output
        assert status(connection, "cancelled") == "cancelled"

    def test_it_waits_its_turn(self, dsn: str, connection: Connection) -> None:
        waits = "select run from cerebro.runs where queued_behind like 'endless %'"
        before = units(connection, "cancelled")
        connection.execute("insert into cerebro.settings (workers) values (2)")
        try:
            with endless(dsn, connection):
                for way, act in WAYS.items():
                    with calling(dsn, resume("cancelled")) as caller:
                        eventually(lambda: rows(connection, waits))
                        assert status(connection, "cancelled") == "queued"
                        act(connection, caller)
                        caller.finish()
                    check_cancelled(connection, caller.error)
                    assert rows(connection, waits) == [], way
        finally:
            connection.execute("delete from cerebro.settings")
        assert units(connection, "cancelled") == before

    def test_its_name_is_taken(self, connection: Connection) -> None:
        error = error_of(connection, "select cerebro_fit('cancelled', 'points')")
        assert error.sqlstate == "42710"
        assert "cerebro_resume" in str(error.diag.message_hint)

    def test_one_of_two_who_resume_it_brings_it_to_the_end_that_it_would_have_had(
        self, dsn: str, connection: Connection
    ) -> None:
        with (
            calling(dsn, resume("cancelled")) as one,
            calling(dsn, resume("cancelled")) as two,
        ):
            one.finish()
            two.finish()
        refused, done = sorted((one, two), key=lambda caller: caller.error is None)
        assert isinstance(refused.error, psycopg.errors.ObjectInUse)
        assert refused.error.diag.message_hint
        assert done.error is None
        assert [row.status for row in done.result] == ["finished"] * 2
        assert state_tables(connection) == set()
        undisturbed = final_states(dsn, connection, "undisturbed", LONG)
        assert states(connection, "cancelled") == undisturbed


@contextmanager
def training(dsn: str, connection: Connection) -> Iterator[Caller]:
    """Have a caller at work who goes on with the run that was cancelled."""
    before = units(connection, "cancelled")
    with calling(dsn, resume("cancelled")) as caller:
        await_units(connection, "cancelled", before + 4)
        yield caller


@pytest.fixture(scope="module")
def long(connection: Connection) -> None:
    connection.execute(
        "create table long as select i as id, i % 2 = 0 as y,"
        " array_fill(i::float4, array[200]) as v from generate_series(1, 50000) i"
    )


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("verb", ["cerebro_prepare", "cerebro_fit"])
def test_while_rows_are_packed(dsn: str, connection: Connection, verb: str) -> None:
    """Cancelled where it is hardest to clean up: while another session takes the chunks."""
    before = chunk_tables(connection)
    verbs: dict[str, Callable[..., Any]] = {"cerebro_prepare": prepare, "cerebro_fit": fit}
    with calling(dsn, lambda session: verbs[verb](session, "long", "long", "y")) as caller:
        eventually(
            lambda: rows(
                connection,
                "select pid from pg_stat_activity where application_name = 'cerebro_db control'"
                " and datname = current_database() and query like %s",
                'insert into "cerebro_data"."_chunks%',
            )
        )
        connection.execute("select pg_cancel_backend(%s)", [caller.pid])
        caller.finish()
        assert isinstance(caller.error, psycopg.errors.QueryCanceled)
        eventually(lambda: not sessions(connection))
    assert chunk_tables(connection) == before
    eventually(lambda: not spooled_files(connection))
    for view in ("datasets where dataset", "runs where run"):
        assert rows(connection, f"select * from cerebro.{view} = 'long'") == []
