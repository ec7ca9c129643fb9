"""Connections that are opened while whoever waits can be interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import generators, pq
from psycopg.abc import PQGenConn
from psycopg.waiting import wait_conn

from cerebro_db.session.job import POLL_SECONDS


def open_connection(
    conninfo: str, seconds: float, poll: Callable[[], None]
) -> psycopg.Connection[Any]:
    """Connect to a server, with a transaction for each statement.

    Args:
        conninfo: as libpq takes it.
        seconds: how long the server may take.
        poll: called several times a second while waiting; what it raises ends the attempt.

    Raises:
        psycopg.OperationalError: the server refused, or took too long.
    """
    opening = _polled(generators.connect(conninfo), time.monotonic() + seconds, poll)
    connection: psycopg.Connection[Any] = psycopg.Connection(wait_conn(opening, POLL_SECONDS))
    connection.autocommit = True
    return connection


def _polled(
    opening: PQGenConn[pq.abc.PGconn], deadline: float, poll: Callable[[], None]
) -> PQGenConn[pq.abc.PGconn]:
    try:
        waiting = next(opening)
        while True:
            if ready := (yield waiting):
                waiting = opening.send(ready)
            elif time.monotonic() > deadline:
                raise psycopg.errors.ConnectionTimeout("the server has not answered in time")
            else:
                poll()
    except StopIteration as end:
        connected: pq.abc.PGconn = end.value
        return connected
