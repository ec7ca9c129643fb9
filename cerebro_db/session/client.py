"""A session over a psycopg connection."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.raw_cursor import RawCursor
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cerebro_db.session._base import Row


class ClientSession:
    """Runs statements on an open psycopg connection; commits are the connection's own affair."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def fetch(self, statement: str, *parameters: Any) -> list[Row]:
        """Run one statement and return all its rows."""
        with RawCursor(self.connection, row_factory=dict_row) as cursor:
            cursor.execute(statement, _adapted(parameters), binary=True)
            return cursor.fetchall() if cursor.description else []

    def execute(self, statement: str, *parameters: Any) -> int:
        """Run one statement and return the number of rows that it processed."""
        with RawCursor(self.connection) as cursor:
            cursor.execute(statement, _adapted(parameters))
            return cursor.rowcount


def _adapted(parameters: tuple[Any, ...]) -> list[Any]:
    return [Jsonb(value) if isinstance(value, dict) else value for value in parameters]
