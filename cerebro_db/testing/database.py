"""A database of its own on any server, with the extension in it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

Connection = psycopg.Connection[Any]

_numbers = itertools.count(1)


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Make a database, give its connection string, and drop it.

    Args:
        server: connection string of a superuser.
    """
    name = f"cerebro_test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template template0 encoding 'UTF8'").format(
                sql.Identifier(name)
            )
        )
    try:
        dsn = make_conninfo(server, dbname=name)
        with psycopg.connect(dsn, autocommit=True) as connection:
            # Not CASCADE, which Greenplum 6 lacks.
            connection.execute("create extension if not exists plpython3u")
            connection.execute("create extension cerebro_db")
        yield dsn
    finally:
        _drop(server, name)


def _drop(server: str, name: str) -> None:
    statement = sql.SQL("drop database {}").format(sql.Identifier(name))
    with psycopg.connect(server, autocommit=True) as connection:
        try:
            # The server itself waits some seconds for sessions that are about to leave.
            connection.execute(statement)
        except psycopg.errors.ObjectInUse:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
            )
            connection.execute(statement)
