"""A database of its own on any server, with the extension in it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

Connection = psycopg.Connection[Any]

_numbers = itertools.count(1)


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Make a database that has the extension, give its connection string, and drop it.

    Args:
        server: connection string of a superuser.
    """
    with empty_database(server, "encoding 'UTF8'") as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            create_extension(connection)
        yield dsn


def create_extension(connection: Connection) -> None:
    """Create the extension and what it needs, not by CASCADE, which Greenplum 6 lacks."""
    connection.execute("create extension if not exists plpython3u")
    connection.execute("create extension cerebro_db")


@contextmanager
def empty_database(server: str, options: LiteralString) -> Iterator[str]:
    """Make a database as these options of CREATE DATABASE say, give its connection string, and drop
    it."""
    name = f"cerebro_test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template template0 {}").format(
                sql.Identifier(name), sql.SQL(options)
            )
        )
    try:
        yield make_conninfo(server, dbname=name)
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
