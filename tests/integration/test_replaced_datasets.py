"""cerebro_prepare with replace: what stays of the dataset that was there."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from fix_docs import let_train
from fix_server import Connection

from cerebro_db.testing.calls import error_of

OWNER, READER, ADMIN = "replaced_owner", "replaced_reader", "replaced_admin"


@pytest.fixture(scope="module", autouse=True)
def scene(dsn: str, connection: Connection) -> Iterator[None]:
    for role in (OWNER, READER, ADMIN):
        let_train(connection, role)
    connection.execute(
        f"""select cerebro_grant('{ADMIN}', 'admin');
        create table points as select i as id, i % 7 as a, i % 3 = 0 as y
            from generate_series(1, 300) i;
        grant select on points to public"""
    )
    with psycopg.connect(dsn, user=OWNER, autocommit=True) as owner:
        owner.execute("select cerebro_prepare('d', 'points', 'y')")
        owner.execute(f"select cerebro_share('d', '{READER}', 'dataset')")
    yield
    connection.execute(f"drop owned by {OWNER}, {READER}, {ADMIN}")
    connection.execute(f"drop role {OWNER}, {READER}, {ADMIN}")


def dataset(connection: Connection) -> object:
    return connection.execute(
        "select owner, shared_with, rows + validation_rows from cerebro.datasets"
        " where dataset = 'd'"
    ).fetchone()


@pytest.mark.parametrize("role", [OWNER, ADMIN])
def test_owner_and_shares_stay(dsn: str, connection: Connection, role: str) -> None:
    with psycopg.connect(dsn, user=role, autocommit=True) as session:
        session.execute(
            "select cerebro_prepare('d', 'select * from points where id > 100', 'y',"
            " replace => true)"
        )
    assert dataset(connection) == (OWNER, [READER], 200)
    with psycopg.connect(dsn, user=READER, autocommit=True) as reader:
        assert dataset(reader) == (OWNER, [READER], 200)


def test_a_replacement_that_fails_leaves_the_old_one(connection: Connection) -> None:
    before = dataset(connection)
    error = error_of(
        connection,
        "select cerebro_prepare('d', 'select a, y from points where false', 'y', replace => true)",
    )
    assert error.sqlstate == "22000"
    assert dataset(connection) == before
