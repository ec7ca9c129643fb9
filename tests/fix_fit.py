"""Calls of cerebro_fit that are quick, in the SQL of PostgreSQL."""

from __future__ import annotations

from typing import Any

import psycopg
from fix_server import Connection

QUICK = """model => '{"family": "linear"}', space => '{"learning_rate": [0.01]}', epochs => 1"""


def fit(connection: Connection, run: str, source: str, target: str | None, more: str) -> Any:
    return connection.execute(
        f"select * from cerebro_fit(%s, %s, %s, {more})".encode(), [run, source, target]
    ).fetchall()


_GIVE_UP_SOON = b"""do language plpython3u $$
    from cerebro_db.engines.sessions import vacancies
    vacancies.DELAYS = (0.0, 0.1)
$$"""


def give_up_soon(session: psycopg.Connection[Any]) -> None:
    """Have searches of a session try twice to replace a worker, not for half a minute."""
    # What any verb does first: it finds the package.
    session.execute("select cerebro._doctor()")
    session.execute(_GIVE_UP_SOON)
