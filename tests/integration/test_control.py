"""A cancel while the planner waits for a lock, and what roles may do that are not the superuser."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from fix_docs import let_train
from fix_server import Connection
from psycopg import errors

from cerebro_db.testing.callers import eventually, status
from cerebro_db.testing.data import load_tumours_into
from cerebro_db.testing.long_runs import endless, prepare_points


@pytest.fixture(scope="module", autouse=True)
def tables(connection: Connection) -> None:
    load_tumours_into(connection)
    prepare_points(connection)


def test_a_cancel_is_noticed_while_the_planner_waits_for_a_lock(
    dsn: str, connection: Connection
) -> None:
    """As while pg_dump reads the states that the planner wants to drop."""
    states = r"select relname from pg_class where relname like '\_states\_%' and relkind = 'r'"
    waiting = (
        "select from pg_stat_activity where application_name = 'cerebro_db control'"
        " and wait_event_type = 'Lock'"
    )
    with endless(dsn, connection) as caller:
        with psycopg.connect(dsn) as reader:
            for row in connection.execute(states.encode()).fetchall():
                reader.execute(f"lock table cerebro_data.{row[0]} in access share mode".encode())
            eventually(lambda: connection.execute(waiting.encode()).rowcount)
            connection.execute("select pg_cancel_backend(%s)", [caller.pid])
            eventually(lambda: caller.error)
            assert isinstance(caller.error, errors.QueryCanceled)
        assert status(connection, "endless") == "cancelled"


@pytest.fixture
def clerk(dsn: str, connection: Connection) -> Iterator[Connection]:
    """A connection of an ordinary role that has been granted what the documentation says."""
    let_train(connection, "clerk")
    with psycopg.connect(dsn, user="clerk", autocommit=True) as session:
        yield session


def test_an_ordinary_role_trains_on_what_it_may_read(
    connection: Connection, clerk: Connection
) -> None:
    fit = """select * from cerebro_fit('theirs', 'tumours', 'diagnosis', epochs => 1, workers => 1,
        model => '{"family": "linear"}', space => '{"learning_rate": [0.1]}')"""
    with pytest.raises(errors.InsufficientPrivilege):
        clerk.execute(fit.encode())
    connection.execute("grant select on tumours to clerk")
    assert len(clerk.execute(fit.encode()).fetchall()) == 1
    row = clerk.execute("select run, owner from cerebro.runs").fetchall()
    assert row == [("theirs", "clerk")]
    row = clerk.execute("select cerebro_predict('theirs', t) from tumours t limit 1").fetchall()
    assert row[0][0] in ("benign", "malignant")
    connection.execute(fit.replace("theirs", "not theirs").encode())
    with pytest.raises(errors.InsufficientPrivilege):
        clerk.execute("select cerebro_drop('not theirs')")
    with pytest.raises(errors.UndefinedObject):
        clerk.execute("select cerebro_predict('not theirs', t) from tumours t limit 1")
    for verb in (
        "stop('not theirs')",
        "cancel('not theirs')",
        "resume('not theirs')",
        "clone('not theirs', 1)",
        """add('not theirs', '{"learning_rate": 1}')""",
    ):
        with pytest.raises(errors.InsufficientPrivilege, match="not theirs"):
            clerk.execute(f"select cerebro_{verb}".encode())
    for internal in (
        "_start_worker(1, 0, 'tensorflow')",
        "_train('{}', '{}', null)",
        "_infer(1, 1, '')",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            clerk.execute(f"select cerebro.{internal}".encode())
    with pytest.raises(errors.InsufficientPrivilege):
        clerk.execute(
            fit.replace("'tumours', 'diagnosis'", "'not theirs', null")
            .replace("'theirs'", "'more'")
            .encode()
        )
    # Another's dataset of a table's name does not take the table away.
    connection.execute("select cerebro_prepare('tumours', 'tumours', 'size')")
    again = fit.replace("'theirs'", "'theirs too'")
    assert len(clerk.execute(again.encode()).fetchall()) == 1
    clerk.execute("select cerebro_drop('theirs'), cerebro_drop('theirs too')")
