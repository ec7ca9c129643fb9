"""Ours: one call of cerebro_fit on the table of training rows; a query predicts the test rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from benchmarks.tabular._base import Job, run

_RUN = "table"
_FIT = "select count(*) from cerebro_fit(%s, %s, %s{})"


def learn(job: Job) -> np.ndarray:
    """Search, and predict with what the search found."""
    with psycopg.connect(job.conninfo, autocommit=True) as connection:
        fit(connection, _RUN, job.name, job.set.target, {"seed": job.seed} | job.fit)
        return predictions(connection, job)


def fit(
    connection: psycopg.Connection[Any], run_: str, table: str, target: str, named: dict[str, Any]
) -> None:
    """Call cerebro_fit with these named arguments besides run, source and target."""
    more = sql.SQL("").join(sql.SQL(", {} => %s").format(sql.Identifier(name)) for name in named)
    values = [Jsonb(value) if isinstance(value, dict) else value for value in named.values()]
    connection.execute(sql.SQL(_FIT).format(more), [run_, table, target, *values])


def predictions(connection: psycopg.Connection[Any], job: Job) -> np.ndarray:
    """Predict the test rows by SQL, in their order."""
    one = job.set
    function = "cerebro_score" if one.kind == "regression" else "cerebro_proba"
    query = sql.SQL("select {}(%s, t) from {} t order by test_row").format(
        sql.Identifier(function), sql.Identifier(one.test_table)
    )
    found = [value for (value,) in connection.execute(query, [_RUN]).fetchall()]
    if one.kind == "regression":
        return np.array(found, float)
    classes = sql.SQL("select distinct {} from {} order by 1").format(
        sql.Identifier(one.target), sql.Identifier(one.name)
    )
    names = sorted(name for (name,) in connection.execute(classes).fetchall())
    return np.array([[row.get(name, 0.0) for name in names] for row in found])


if __name__ == "__main__":
    run(learn)
