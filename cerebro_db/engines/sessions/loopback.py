"""Connections from a backend to its own server: one for the planner's books, one for each worker.

They commit on their own, so what they write outlives an error or a rollback of the caller.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from cerebro_db.engines._base import Durability
from cerebro_db.errors import NoConnection
from cerebro_db.session import Session

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
}

_KNOWN = """
select name from pg_catalog.pg_settings where name operator(pg_catalog.=) any (%s)
"""
# What ends an idle session, or on Greenplum 6 its processes on segments.
_IDLE_TIMEOUTS = ["gp_vmem_idle_resource_timeout", "idle_session_timeout"]
_TIME_OUT = "select set_config(name, %s, false) from pg_settings where name = any (%s)"
# A worker that idles says so to whoever needs its room, and whose it is: see store/turns.sql.
_MARK = "select pg_advisory_lock_shared(52919, %s::int)"
_UNMARK = "select pg_advisory_unlock_shared(52919, %s::int)"


@dataclass(frozen=True)
class Loopback:
    """Where a backend's own server is.

    ``installation`` tells one life of the extension in a database from the next, whose datasets and
    runs are numbered anew.
    """

    conninfo: str
    installation: int


def find_loopback(caller: Session) -> Loopback:
    """Return how this server's backends reach it: its socket, unless the administrator says."""
    found = caller.fetch("select * from cerebro._loopback()")[0]
    installation = int(found.pop("installation"))
    return Loopback(make_conninfo(**found), installation)


def connect(loopback: Loopback, name: str) -> psycopg.Connection[Any]:
    """Open a connection that commits each statement, shown as ``name`` in pg_stat_activity.

    Whoever logs in, from then on it is cerebro_worker, which has no right beyond our schemas.

    Raises:
        NoConnection: the server refused it.
    """
    try:
        connection = psycopg.connect(
            loopback.conninfo, autocommit=True, application_name=name, connect_timeout=10
        )
        try:
            _become_worker(connection)
        except psycopg.Error:
            connection.close()
            raise
    except psycopg.Error as error:
        raise NoConnection(
            "cerebro_db cannot connect back to its own server",
            detail=f"{str(error).strip()} (operating system user {os.geteuid()}).",
            hint="Let the server's user in through the local socket (peer in pg_hba.conf), state "
            "another connection in table cerebro.connection, or raise max_connections. The role "
            "that logs in has to be a superuser or a member of cerebro_worker.",
        ) from error
    return connection


def end_when_idle(connection: psycopg.Connection[Any], seconds: int) -> None:
    """Have the server end a session that idles for so long, 0 for never, if it knows how to.

    A session that may end so is marked as this process' own, and may be ended sooner by others.

    Raises:
        psycopg.OperationalError: the session has ended already.
    """
    connection.execute(_TIME_OUT, [f"{seconds}s", _IDLE_TIMEOUTS])
    connection.execute(_MARK if seconds else _UNMARK, [os.getpid()])


def lost_a_segment(error: BaseException) -> bool:
    """Return whether Greenplum has lost a session's process on a segment: that was no fault of the
    statement's."""
    return getattr(error, "sqlstate", None) == "58M01"


def commits(durability: Durability) -> str:
    """Return the statement that has a session commit as durably as a run wants it."""
    return f"set synchronous_commit = {'on' if durability == 'full' else 'off'}"


def _become_worker(connection: psycopg.Connection[Any]) -> None:
    # Asked first: where Greenplum has a superuser's SELECT run, a worker's may wait in its queue.
    known = connection.execute(_KNOWN, [list(_SETTINGS)]).fetchall()
    settings = [f"set {setting} = {_SETTINGS[setting]}" for (setting,) in known]
    connection.execute("; ".join(["set role cerebro_worker", *settings]).encode())
