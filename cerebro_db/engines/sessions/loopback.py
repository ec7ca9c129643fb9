"""Connections from a backend to its own server: one for the planner's books, one for each worker.

They commit on their own, so what they write outlives an error or a rollback of the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import psycopg

from cerebro_db.engines._base import Durability
from cerebro_db.engines.sessions.refusals import listens_nowhere, not_set_up, refused
from cerebro_db.polls import no_poll
from cerebro_db.session import Session
from cerebro_db.session.job import Job, Statement, Steps
from cerebro_db.session.opening import open_connection

# Settings of the database or of the role must not reach a worker: none of them may end it early,
# refuse its writes or change how text is read. A server has not all of them.
_SETTINGS = {
    "client_connection_check_interval": "'500ms'",
    "default_transaction_isolation": "'read committed'",
    "default_transaction_read_only": "off",
    # Greenplum: an idle worker keeps the processes that hold its chunks.
    "gp_vmem_idle_resource_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "jit": "off",
    "lock_timeout": "0",
    # Greenplum: plans of one slice, sent to one segment, whatever the database prefers for queries.
    "optimizer": "off",
    "search_path": "pg_catalog",
    "statement_timeout": "0",
    # A crash of the server may lose the last moments of a run, never its consistency; ``commits``.
    "synchronous_commit": "off",
    "transaction_timeout": "0",
}

_KNOWN = """
select name from pg_catalog.pg_settings where name operator(pg_catalog.=) any ($1)
"""
# Names go to the server as the bytes that it keeps: a database's in the encoding of the one that it
# was made from, which this one may not even be able to read.
_FIND = "select installation::bigint as installation, {} from cerebro._loopback()".format(
    ", ".join(
        rf"""pg_catalog.replace("{name}", E'\\', E'\\\\')::pg_catalog.bytea as "{name}" """.strip()
        for name in ("service", "passfile", "host", "port", "user", "dbname")
    )
)
# How long the server may take to let a session in.
_CONNECT_SECONDS = 10
# What ends an idle session, or on Greenplum 6 its processes on segments.
_IDLE_TIMEOUTS = ["gp_vmem_idle_resource_timeout", "idle_session_timeout"]
_TIME_OUT = "select set_config(name, $1, false) from pg_settings where name = any ($2)"
# What a session's errors say hears who waits for it, and the user of him: the log need not hold it,
# too. Only a superuser may decide that; where another logs in, the server's own setting holds. On
# whatever search path, as a superuser, so with every name in full.
_NO_ERRORS = "log"
_LOGGED = """
select
    pg_catalog.set_config('role', 'none', false)
    operator(pg_catalog.||) pg_catalog.set_config('log_min_messages', $1::pg_catalog.text, false)
    operator(pg_catalog.||) pg_catalog.set_config('role', 'cerebro_worker', false)
from pg_catalog.pg_roles
where rolname operator(pg_catalog.=) session_user and rolsuper
"""

# What this process has opened.
_own: WeakSet[psycopg.Connection[Any]] = WeakSet()
# What others have opened that work for it.
_others: set[int] = set()


@dataclass(frozen=True)
class Loopback:
    """The address of a backend's own server.

    ``installation`` tells one life of the extension in a database from the next, whose datasets and
    runs are numbered anew.
    """

    conninfo: bytes
    installation: int


def find_loopback(caller: Session) -> Loopback:
    """Return how this server's backends reach it: its socket, unless the administrator says.

    Raises:
        NoConnection: it listens nowhere.
    """
    found = caller.look_up(_FIND)[0]
    installation = found.pop("installation")
    if found["service"] is None and found["host"] is None:
        raise listens_nowhere()
    stated = {name: value for name, value in found.items() if value is not None}
    return Loopback(conninfo(**stated), installation)


def conninfo(**stated: bytes) -> bytes:
    """Return a connection string of parameters by name."""
    escaped = {
        name: value.replace(b"\\", b"\\\\").replace(b"'", b"\\'") for name, value in stated.items()
    }
    return b" ".join(b"%s='%s'" % (name.encode(), value) for name, value in escaped.items())


def connect(
    loopback: Loopback, name: str, poll: Callable[[], None] = no_poll
) -> psycopg.Connection[Any]:
    """Open a connection that commits each statement, shown as ``name`` in pg_stat_activity.

    Whoever logs in, from then on it is cerebro_worker, which has no right beyond our schemas.

    Args:
        loopback: where to.
        name: the session's.
        poll: called while waiting; raises when the caller is cancelled.

    Raises:
        NoConnection: the server refused it, or the session could not be set up.
    """
    ours = conninfo(application_name=name.encode(), client_encoding=b"UTF8")
    try:
        connection = open_connection(loopback.conninfo + b" " + ours, _CONNECT_SECONDS, poll)
    except psycopg.Error as error:
        raise refused(error) from error
    _own.add(connection)
    try:
        Job(connection, _become_worker()).run(poll)
    except BaseException as error:
        connection.close()
        if isinstance(error, psycopg.Error):
            raise not_set_up(error) from error
        raise
    return connection


def own_processes() -> list[int]:
    """Return the server's processes that this one may wait for: at the other ends of the
    connections that it has open, and those that it is waiting for besides."""
    own = [connection.info.backend_pid for connection in _own if not connection.closed]
    return [*own, *_others]


@contextmanager
def waiting_for() -> Iterator[set[int]]:
    """Give the set of processes of others' sessions that are waited for inside of a with block."""
    try:
        yield _others
    finally:
        _others.clear()


def idling(seconds: int) -> Steps:
    """Have the server end a session that idles for so long, 0 for never, if it knows how to.

    Its end is nothing for the server's log.
    """
    yield Statement(_TIME_OUT, (f"{seconds}s", _IDLE_TIMEOUTS))
    yield Statement(_LOGGED, ("panic" if seconds else _NO_ERRORS,))


def commits(durability: Durability) -> str:
    """Return the statement that has a session commit as durably as a run wants it."""
    return f"set synchronous_commit = {'on' if durability == 'full' else 'off'}"


def _become_worker() -> Steps:
    # Where the database has less, what is read below might go to a temporary file, and those may be
    # forbidden (temp_file_limit).
    yield Statement("set work_mem = '4MB'")
    # Asked first: where Greenplum has a superuser's SELECT run, a worker's may wait in its queue.
    known = yield Statement(_KNOWN, (list(_SETTINGS),))
    yield Statement(_LOGGED, (_NO_ERRORS,))
    yield Statement("set role cerebro_worker")
    yield Statement("select cerebro._log_no_data()")
    for name in (row["name"] for row in known):
        yield Statement(f"set {name} = {_SETTINGS[name]}")
