"""The dataset layer needs a server, and of the extension one function."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from every_type import create_every_type

from cerebro_db.testing.caller import CallerClient

_FUNCTION = Path(__file__).parents[3] / "sql" / "functions" / "_array_bytes.sql"


@pytest.fixture
def session(bare_dsn: str) -> Iterator[CallerClient]:
    """A session in a transaction that is rolled back."""
    with (
        psycopg.connect(bare_dsn, autocommit=True) as connection,
        connection.transaction(force_rollback=True),
    ):
        connection.execute("create schema cerebro")
        connection.execute(_FUNCTION.read_bytes())
        yield CallerClient(connection)


@pytest.fixture
def every_type(session: CallerClient) -> CallerClient:
    """The session, with the table ``every_type``."""
    create_every_type(session)
    return session
