"""Seconds a unit on several servers, and how much of a worker's time is not training.

    python benchmarks/units.py DSN [DSN ...]

Each server gets the same table, and the same search with one worker: the servers take turns, and
medians are printed, with ratios to the first server. A unit lasts about a second, and its state has
the size that is printed. The extension has to be there; what this makes is dropped again.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import click
import psycopg

ROWS, COLUMNS, PARTITIONS, CONFIGS, EPOCHS = 1_000_000, 64, 3, 2, 3
SHAPES = {"small": "[128, 64]", "large": "[400, 300]"}
BATCH = {"small": 256, "large": 2048}
TABLE, RUN = "cerebro_benchmark_rows", "cerebro_benchmark"


@dataclass
class Measured:
    """What the units of all rounds of one shape on one server came to."""

    seconds: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    state_bytes: int = 0

    @property
    def idle(self) -> float:
        """The share of the time that passed between units."""
        return sum(self.gaps) / (sum(self.gaps) + sum(self.seconds))


@click.command()
@click.argument("servers", nargs=-1, required=True)
@click.option("--rounds", default=3, show_default=True)
def main(servers: tuple[str, ...], rounds: int) -> None:
    """Compare servers, each a connection string."""
    connections = [psycopg.connect(server, autocommit=True) for server in servers]
    for connection in connections:
        _prepare(connection)
    measured = {(i, shape): Measured() for i in range(len(servers)) for shape in SHAPES}
    for _ in range(rounds):
        for (i, shape), found in measured.items():
            _fit(connections[i], shape, found)
    for connection in connections:
        _forget(connection)
    for (i, shape), found in measured.items():
        first = measured[0, shape]
        unit, gap = statistics.median(found.seconds), statistics.median(found.gaps)
        click.echo(
            f"{shape:5} state {found.state_bytes / 2**20:6.2f} MB  server {i}: "
            f"{unit:.3f} s a unit ({unit / statistics.median(first.seconds):.3f} of server 0), "
            f"{1000 * gap:.1f} ms between units, {100 * found.idle:.1f} % of the time not training"
        )


def _prepare(connection: psycopg.Connection[Any]) -> None:
    _forget(connection)

    names = [f"x{column}" for column in range(1, COLUMNS + 1)]
    columns = ", ".join(f"sin(i * {n} + {n})::float4 as x{n}" for n in range(1, COLUMNS + 1))
    connection.execute(
        f"create table {TABLE} as select i, {columns}, cos(i) > 0 as y"
        f" from generate_series(1, {ROWS}) i".encode()
    )
    source = f"select {', '.join(names)}, y from {TABLE}"
    connection.execute(
        "select cerebro_prepare(%s, %s, 'y', validation := '0', partitions := %s)",
        [RUN, source, PARTITIONS],
    )


def _fit(connection: psycopg.Connection[Any], shape: str, found: Measured) -> None:
    connection.execute(
        f"""select cerebro_fit(%s, %s, workers := 1, epochs := {EPOCHS},
            model := '{{"family": "mlp", "hidden": {SHAPES[shape]}, "batch_size": {BATCH[shape]}}}',
            space := '{{"learning_rate": [0.001, 0.002]}}')""".encode(),
        [RUN, RUN],
    )
    units = connection.execute(
        "select started, finished, state_bytes from cerebro.hops where run = %s order by started",
        [RUN],
    ).fetchall()
    # The first unit of a configuration compiles it.
    units = units[CONFIGS:]
    found.seconds += [(end - start).total_seconds() for start, end, _ in units]
    found.gaps += [(after[0] - before[1]).total_seconds() for before, after in pairwise(units)]
    found.state_bytes = units[-1][2]
    connection.execute("select cerebro_drop(%s)", [RUN])


def _forget(connection: psycopg.Connection[Any]) -> None:
    for name, kind in connection.execute(
        "select run, 'run' from cerebro.runs where run = %s"
        " union all select dataset, 'dataset' from cerebro.datasets where dataset = %s",
        [RUN, RUN],
    ).fetchall():
        connection.execute("select cerebro_drop(%s, %s)", [name, kind])
    connection.execute(f"drop table if exists {TABLE}".encode())


if __name__ == "__main__":
    main()
