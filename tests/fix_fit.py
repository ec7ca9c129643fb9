"""Calls of cerebro_fit that are quick, and errors as users want them."""

from __future__ import annotations

from typing import Any

import pytest
from fix_server import Connection
from psycopg import errors

QUICK = """model => '{"family": "linear"}', space => '{"learning_rate": [0.01]}', epochs => 1"""


def fit(connection: Connection, run: str, source: str, target: str | None, more: str) -> Any:
    return connection.execute(
        f"select * from cerebro_fit(%s, %s, %s, {more})".encode(), [run, source, target]
    ).fetchall()


def error_of(connection: Connection, statement: str) -> errors.Error:
    with pytest.raises(errors.Error) as caught:
        connection.execute(statement.encode())
    diag = caught.value.diag
    assert diag.message_primary
    assert diag.message_primary.startswith("cerebro_db: ")
    assert diag.message_detail, diag.message_primary
    assert diag.message_hint, diag.message_primary
    return caught.value
