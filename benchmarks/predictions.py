"""Rows predicted a second, one by one in a SELECT and in bulk into a table, the wait for the first
row of a session, and what it takes to export the rows, predict them with Keras and copy them back.

    python -m benchmarks.predictions DSN [--rounds 3]

200,000 rows x 64 real, an MLP 128-64-1 and a binary label. What is compared takes turns; medians
are printed. The extension has to be there; what this makes is dropped again.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import psycopg

ROWS, COLUMNS = 200_000, 64
TABLE, OUTPUT, RUN = (
    "cerebro_benchmark_rows",
    "cerebro_benchmark_predictions",
    "cerebro_benchmark",
)


@dataclass(frozen=True)
class Predicting:
    """Medians: seconds of each way for all rows, and of the first row of a session."""

    first_row: float
    row_by_row: float
    bulk: float
    exported: float

    @property
    def rows_per_second(self) -> float:
        """Row by row, after the first."""
        return ROWS / self.row_by_row

    @property
    def bulk_rows_per_second(self) -> float:
        """Into a table, in a session that predicts for the first time."""
        return ROWS / self.bulk

    @property
    def ratio(self) -> float:
        """How many times longer it takes with Keras, outside of the database."""
        return self.exported / self.bulk


@click.command()
@click.argument("server")
@click.option("--rounds", default=3, show_default=True)
def main(server: str, rounds: int) -> None:
    """Measure on a server, a connection string."""
    found = measure(server, rounds)
    click.echo(
        f"first row of a session   {found.first_row:.2f} s\n"
        f"row by row               {found.rows_per_second:,.0f} rows/s\n"
        f"into a table             {found.bulk_rows_per_second:,.0f} rows/s\n"
        f"export, Keras, import    {ROWS / found.exported:,.0f} rows/s:"
        f" {found.ratio:.1f} times as long"
    )


def measure(server: str, rounds: int) -> Predicting:
    """Return what a server takes, as medians of so many rounds after one that is not counted."""
    with psycopg.connect(server, autocommit=True) as connection:
        _forget(connection)
        _create(connection)
        seconds: dict[str, list[float]] = {}
        for _ in range(1 + rounds):
            for name, way in _WAYS.items():
                seconds.setdefault(name, []).append(way(server))
                connection.execute(f"drop table if exists {OUTPUT}".encode())
        _forget(connection)
    return Predicting(**{name: statistics.median(found[1:]) for name, found in seconds.items()})


def _first_row(server: str) -> float:
    with psycopg.connect(server, autocommit=True) as session:
        return _timed(lambda: _score(session, "limit 1"))


def _row_by_row(server: str) -> float:
    with psycopg.connect(server, autocommit=True) as session:
        _score(session, "limit 1")
        return _timed(lambda: _score(session, ""))


def _bulk(server: str) -> float:
    """In a new session, as a job on a schedule would."""
    with psycopg.connect(server, autocommit=True) as session:
        return _timed(
            lambda: session.execute(
                "select cerebro_predict_table(%s, %s, 'id', %s)", [RUN, TABLE, OUTPUT]
            )
        )


def _exported(server: str) -> float:
    command = [sys.executable, "-m", "benchmarks.rivals.export_predict", server, RUN]
    return _timed(lambda: subprocess.run([*command, TABLE, OUTPUT], check=True))


_WAYS: dict[str, Callable[[str], float]] = {
    "first_row": _first_row,
    "row_by_row": _row_by_row,
    "bulk": _bulk,
    "exported": _exported,
}


def _score(session: psycopg.Connection[Any], limit: str) -> None:
    query = (
        f"select sum(s) from (select cerebro_score(%s, t) as s from {TABLE} t {limit}) as scores"
    )
    session.execute(query.encode(), [RUN])


def _timed(way: Callable[[], object]) -> float:
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


def _create(connection: psycopg.Connection[Any]) -> None:
    columns = ", ".join(f"sin(i * {n} + {n})::real as x{n}" for n in range(1, COLUMNS + 1))
    connection.execute(
        f"create table {TABLE} as select i as id, {columns}, cos(i) > 0 as y"
        f" from generate_series(1, {ROWS}) i".encode()
    )
    connection.execute(f"vacuum analyze {TABLE}".encode())
    connection.execute(
        f"""select cerebro_fit(%s, 'select * from {TABLE} where id <= 20000', 'y', epochs := 1,
            model := '{{"family": "mlp", "hidden": [128, 64]}}',
            space := '{{"learning_rate": [0.001]}}', options := '{{"encode": {{"id": "skip"}}}}')
        """.encode(),
        [RUN],
    )


def _forget(connection: psycopg.Connection[Any]) -> None:
    if connection.execute("select 1 from cerebro.runs where run = %s", [RUN]).fetchone():
        connection.execute("select cerebro_drop(%s)", [RUN])
    connection.execute(f"drop table if exists {TABLE}, {OUTPUT}".encode())


if __name__ == "__main__":
    main()
