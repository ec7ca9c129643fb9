"""The dataset layer needs a server, but no extension in it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from every_type import create_every_type

from cerebro_db.session.client import ClientSession


@pytest.fixture
def session(bare_dsn: str) -> Iterator[ClientSession]:
    """A session in a transaction that is rolled back."""
    with (
        psycopg.connect(bare_dsn, autocommit=True) as connection,
        connection.transaction(force_rollback=True),
    ):
        yield ClientSession(connection)


@pytest.fixture
def every_type(session: ClientSession) -> ClientSession:
    """The session, with the table ``every_type``."""
    create_every_type(session)
    return session
