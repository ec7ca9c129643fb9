"""Calls of cerebro_fit that are quick, in the SQL of PostgreSQL."""

from __future__ import annotations

from typing import Any

from fix_server import Connection

QUICK = """model => '{"family": "linear"}', space => '{"learning_rate": [0.01]}', epochs => 1"""


def fit(connection: Connection, run: str, source: str, target: str | None, more: str) -> Any:
    return connection.execute(
        f"select * from cerebro_fit(%s, %s, %s, {more})".encode(), [run, source, target]
    ).fetchall()
