"""Scheduled searches by the statements of docs/dba.md, in a server that really runs pg_cron."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryDirectory

import psycopg
import pytest
from fix_docs import documented, let_train
from fix_server import Connection, server_script

from cerebro_db.testing.callers import eventually


@pytest.fixture
def server_with_cron(server: str) -> Iterator[str]:
    """Connection string of a superuser of a server where pg_cron looks after one database."""
    with psycopg.connect(server) as connection:
        available = "select from pg_available_extensions where name = 'pg_cron'"
        if not connection.execute(available.encode()).rowcount:
            pytest.skip("pg_cron is not installed for this server")
    with TemporaryDirectory(prefix="cerebro-") as folder:
        try:
            yield server_script(
                "start",
                folder,
                "shared_preload_libraries=pg_cron",
                "cron.database_name=cerebro",
                f"cron.host={folder}/socket",
            ).stdout.strip()
        finally:
            server_script("stop", folder)


@pytest.fixture
def administrator(server_with_cron: str) -> Iterator[Connection]:
    """The superuser, who has granted what the documentation says, to dana among others."""
    with psycopg.connect(server_with_cron, autocommit=True) as connection:
        connection.execute("create extension cerebro_db cascade")
        let_train(connection, "dana")
        enable, _ = documented("## Scheduled searches")
        connection.execute(enable.encode())
        connection.execute(
            "create table customers as select i % 7 as visits, i % 2 = 0 as churned"
            " from generate_series(1, 500) i"
        )
        connection.execute("grant select on customers to dana")
        yield connection


def test_searches_are_scheduled_by_an_ordinary_role(administrator: Connection) -> None:
    _, schedule = documented("## Scheduled searches")
    with psycopg.connect(administrator.info.dsn, user="dana", autocommit=True) as dana:
        # Every night would be too long to wait for.
        dana.execute(schedule.replace("0 3 * * *", "* * * * *").encode())
        retrained = "select run, owner, status from cerebro.runs where run like 'churn 20%'"
        # The first minute submits a run, and it or the next one runs it.
        found = eventually(
            lambda: [row for row in dana.execute(retrained.encode()) if row[2] == "finished"]
        )
        assert found[0][1] == "dana"
        row = dana.execute(
            "select cerebro_predict(%s, c) in ('true', 'false') from customers c limit 1",
            [found[0][0]],
        ).fetchone()
        assert row == (True,)
    failed = administrator.execute(
        "select command, return_message from cron.job_run_details where status = 'failed'"
        " and return_message not like '%exists already%'"
    ).fetchall()
    assert failed == []
