"""What docs/greenplum.md says, as far as any server can show it."""

from __future__ import annotations

import psycopg
from fix_docs import documented, page

from cerebro_db.testing.calls import QUICK, fit, rows


def test_the_page_begins_with_the_errors_of_common_slips() -> None:
    beginning = page("greenplum.md").split("\n- [", 1)[0]
    for name in ("source", "churn"):
        assert f'ERROR:  column "{name}" does not exist' in beginning


def test_verbs_in_a_loop(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """It drops the runs that failed, and does nothing where none has."""
    (loop,) = documented("### Verbs in a loop", "greenplum.md")
    connection.execute(
        "create table points as select i as a, i % 2 = 0 as y from generate_series(1, 100) i"
    )
    fit(connection, "good", "points", "y", **QUICK)
    connection.execute(loop.encode())
    assert rows(connection, "select run, status from cerebro.runs") == [("good", "finished")]
    connection.execute("update cerebro._runs set status = 'failed'")
    connection.execute(loop.encode())
    assert rows(connection, "select run from cerebro.runs") == []
