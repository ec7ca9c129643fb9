"""Statements that run while the caller goes on, on connections that stall, chatter or end.

A backend that is stopped, by SIGSTOP, takes nothing in once its socket is full.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from fix_server import Connection

from cerebro_db.engines.sessions.loopback import Loopback, connect
from cerebro_db.polls import no_poll
from cerebro_db.session.client import ClientSession
from cerebro_db.session.job import Job, Statement, Steps, go_on
from cerebro_db.testing.callers import eventually

Open = Callable[[], Connection]

# More than sockets and their buffers hold, by far.
LARGE = bytes(60_000_000)
LENGTH = "select octet_length($1::bytea) as length"


class Cancelled(Exception):
    """A test's poll raises it."""


class Patience:
    """A poll that finds the caller cancelled when it is asked for the ``times``th time."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self) -> None:
        self.times -= 1
        if self.times <= 0:
            raise Cancelled


@pytest.fixture
def open_session(dsn: str) -> Iterator[Open]:
    """Opens connections in autocommit, and closes them."""
    connections = []

    def open_session() -> Connection:
        connections.append(psycopg.connect(dsn, autocommit=True))
        return connections[-1]

    yield open_session
    for connection in connections:
        connection.close()


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def lengths(count: int) -> Steps:
    """Ask for a length again and again; return the last answer."""
    rows = []
    for number in range(count):
        rows = yield Statement(LENGTH, (bytes(number),))
    return rows[0]["length"]


def one(statement: str, *parameters: object) -> Steps:
    return (yield Statement(statement, parameters))


def test_a_large_parameter_that_stalls_holds_up_no_other_job(open_session: Open) -> None:
    stalled, first, second = open_session(), open_session(), open_session()
    with stopped(stalled.info.backend_pid):
        slow = Job(stalled, one(LENGTH, LARGE))
        jobs = [slow, Job(first, lengths(50)), Job(second, lengths(100))]
        while left := [job for job in jobs[1:] if not job.over]:
            go_on([slow, *left], 0.1)
        assert [job.result for job in jobs[1:]] == [49, 99]
        assert slow.sending
    assert slow.run(no_poll) == [{"length": len(LARGE)}]


@pytest.mark.parametrize("call", [ClientSession.execute, ClientSession.begin])
def test_a_cancel_is_heeded_while_a_statement_is_sent(
    open_session: Open, connection: Connection, call: Callable[..., object]
) -> None:
    connection.execute("create table if not exists arrived (length int)")
    stalled = open_session()
    pid = stalled.info.backend_pid
    session = ClientSession(stalled, Patience(2))
    with stopped(pid), pytest.raises(Cancelled):
        call(session, "insert into arrived select octet_length($1::bytea)", LARGE)
    # The server has had half of the statement and runs none of it.
    there = "select from pg_stat_activity where pid = %s"
    eventually(lambda: not connection.execute(there, [pid]).fetchall())
    assert connection.execute("select * from arrived").fetchall() == []


def test_a_cancel_is_heeded_while_the_server_never_falls_silent(open_session: Open) -> None:
    chatty = open_session()
    endless = "do $$ begin loop raise notice '%', repeat('x', 1000); end loop; end $$"
    session = ClientSession(chatty, Patience(3))
    with pytest.raises(Cancelled):
        session.execute(endless)
    # The session was cancelled in time, and is of use.
    assert ClientSession(chatty).fetch("select 1 as one") == [{"one": 1}]


def test_what_the_server_says_meanwhile_is_taken_in_while_a_statement_is_sent(
    open_session: Open, connection: Connection
) -> None:
    listener = open_session()
    listener.execute("listen news")
    text = f"select length('{'x' * len(LARGE)}') as length"
    with stopped(listener.info.backend_pid):
        job = Job(listener, one(text))
        assert job.sending
        # More than the way to the client holds: the server goes on reading when all is taken.
        connection.execute(
            "select pg_notify('news', repeat('x', 7000) || i) from generate_series(1, 1000) i"
        )
    assert job.run(no_poll) == [{"length": len(LARGE)}]


def test_the_end_of_a_session_is_told_in_the_servers_words_while_a_statement_is_sent(
    open_session: Open, connection: Connection
) -> None:
    ended = open_session()
    with stopped(ended.info.backend_pid):
        job = Job(ended, one(LENGTH, LARGE))
        assert job.sending
        connection.execute("select pg_terminate_backend(%s)", [ended.info.backend_pid])
    with pytest.raises(psycopg.errors.AdminShutdown, match="administrator command"):
        job.run(no_poll)


def test_a_session_that_has_ended_is_told_when_a_job_begins(
    open_session: Open, connection: Connection
) -> None:
    ended = open_session()
    pid = ended.info.backend_pid
    connection.execute("select pg_terminate_backend(%s, 60000)", [pid])
    job = Job(ended, one(LENGTH, LARGE))
    with pytest.raises(psycopg.OperationalError):
        job.run(no_poll)


def test_an_error_of_the_steps_own_leaves_the_session_as_it_was(open_session: Open) -> None:
    session = open_session()

    def stumbling() -> Steps:
        yield Statement("select 1")
        raise Cancelled

    with pytest.raises(Cancelled):
        Job(session, stumbling()).run(no_poll)
    assert ClientSession(session).fetch("select 1 as one") == [{"one": 1}]


def test_a_cancel_is_heeded_while_a_session_opens(dsn: str, connection: Connection) -> None:
    folder = connection.execute("show data_directory").fetchone()
    assert folder is not None
    postmaster = int((Path(str(folder[0])) / "postmaster.pid").read_text().splitlines()[0])
    with stopped(postmaster), pytest.raises(Cancelled):
        connect(Loopback(dsn.encode(), 1), "cerebro_db worker", Patience(2))
    with connect(Loopback(dsn.encode(), 1), "cerebro_db worker") as opened:
        assert opened.execute("select 1").fetchone() == (1,)
