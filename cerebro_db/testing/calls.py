"""The verbs as Python calls, and the errors that they raise."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from cerebro_db.testing.database import Connection

# A search of one configuration and one epoch, for tests that need a run but no model.
QUICK: dict[str, Any] = {
    "model": {"family": "linear"},
    "space": {"learning_rate": [0.01]},
    "epochs": 1,
}


def fit(
    connection: Connection, run: str, source: str, target: str | None = None, **more: Any
) -> list[Any]:
    """Call cerebro_fit; return the rows of the leaderboard."""
    return call(connection, "cerebro_fit", run, source, target, **more)


def prepare(connection: Connection, dataset: str, source: str, target: str, **more: Any) -> Any:
    """Call cerebro_prepare; return its row."""
    (row,) = call(connection, "cerebro_prepare", dataset, source, target, **more)
    return row


def drop(connection: Connection, name: str, kind: str = "run") -> None:
    """Call cerebro_drop."""
    call(connection, "cerebro_drop", name, kind)


def evaluate(connection: Connection, run: str, source: str, *config: int) -> dict[str, Any]:
    """Call cerebro_evaluate, perhaps for one configuration; return the metrics."""
    ((metrics,),) = call(connection, "cerebro_evaluate", run, source, *config)
    assert isinstance(metrics, dict)
    return metrics


def predict_table(
    connection: Connection, run: str, source: str, key: str, output: str, **more: Any
) -> int:
    """Call cerebro_predict_table; return the number of rows."""
    ((rows,),) = call(connection, "cerebro_predict_table", run, source, key, output, **more)
    return int(rows)


def call(connection: Connection, verb: str, *arguments: Any, **named: Any) -> list[Any]:
    """Call a function and return its rows; a dict goes over as jsonb."""
    # Greenplum 6 names arguments with := only.
    places = [sql.SQL("%s")] * len(arguments) + [
        sql.SQL("{} := %s").format(sql.Identifier(name)) for name in named
    ]
    statement = sql.SQL("select * from {}({})").format(
        sql.Identifier(verb), sql.SQL(", ").join(places)
    )
    values = [Jsonb(v) if isinstance(v, dict) else v for v in (*arguments, *named.values())]
    return connection.execute(statement, values).fetchall()


def rows(connection: Connection, query: str, *parameters: Any) -> list[Any]:
    """Return the rows of a query with %s placeholders."""
    return connection.execute(query.encode(), parameters or None).fetchall()


def value(connection: Connection, query: str, *parameters: Any) -> Any:
    """Return the only value of a query."""
    ((found,),) = rows(connection, query, *parameters)
    return found


def error_of(connection: Connection, statement: str) -> psycopg.Error:
    """Return the error of a statement, which has to be one as users want them."""
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(statement.encode())
    diag = caught.value.diag
    assert diag.message_primary
    assert diag.message_primary.startswith("cerebro_db: "), diag.message_primary
    assert diag.message_detail, diag.message_primary
    assert diag.message_hint, diag.message_primary
    return caught.value
