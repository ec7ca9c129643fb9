"""The database of each test module, on the server that CEREBRO_TEST_DSN names.

Whoever brings a fixture ``dsn`` of their own, as the repository does, needs no such variable.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from cerebro_db.testing.database import Connection, fresh_database

VARIABLE = "CEREBRO_TEST_DSN"


@pytest.fixture(scope="module")
def dsn(request: pytest.FixtureRequest) -> Iterator[str]:
    """Connection string of the module's own database, which has the extension."""
    server = os.environ.get(VARIABLE)
    if server is None:
        yield _dsn_of_the_repository(request)
    else:
        with fresh_database(server) as made:
            yield made


@pytest.fixture(scope="module")
def connection(dsn: str) -> Iterator[Connection]:
    """The module's connection, in autocommit; rows are named tuples."""
    with psycopg.connect(dsn, autocommit=True, row_factory=namedtuple_row) as connection:
        yield connection


def _dsn_of_the_repository(request: pytest.FixtureRequest) -> str:
    try:
        return str(request.getfixturevalue("dsn"))
    except pytest.FixtureLookupError:
        pytest.exit(
            f"set {VARIABLE} to the connection string of a superuser, on a server where cerebro_db "
            "is installed; each module makes a database there and drops it",
            returncode=pytest.ExitCode.USAGE_ERROR,
        )
