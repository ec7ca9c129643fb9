"""Connections that are opened while whoever waits can be interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import pq
from psycopg.abc import PQGenConn
from psycopg.waiting import Wait, wait_conn

from cerebro_db.session.job import POLL_SECONDS

_WAITS = {pq.PollingStatus.READING: Wait.R, pq.PollingStatus.WRITING: Wait.W}


def open_connection(
    conninfo: bytes, seconds: float, poll: Callable[[], None]
) -> psycopg.Connection[Any]:
    """Connect to a server, with a transaction for each statement.

    Args:
        conninfo: as libpq takes it, in bytes: the server compares names as they were stored.
        seconds: how long the server may take.
        poll: called several times a second while waiting; what it raises ends the attempt.

    Raises:
        psycopg.OperationalError: the server refused, or took too long.
    """
    opening = _polled(_opened(conninfo), time.monotonic() + seconds, poll)
    connection: psycopg.Connection[Any] = psycopg.Connection(wait_conn(opening, POLL_SECONDS))
    connection.autocommit = True
    return connection


def _opened(conninfo: bytes) -> PQGenConn[pq.abc.PGconn]:
    pgconn = pq.PGconn.connect_start(conninfo)
    # A connection that could not even begin says so to the first question as well.
    while (status := pq.PollingStatus(pgconn.connect_poll())) != pq.PollingStatus.OK:
        if status not in _WAITS:
            said = pgconn.error_message.decode("utf-8", "replace")
            pgconn.finish()
            raise psycopg.OperationalError(said)
        while not (yield pgconn.socket, _WAITS[status]):
            continue
    pgconn.nonblocking = 1
    return pgconn


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
