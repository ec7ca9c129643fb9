"""cerebro-db leaderboard."""

from __future__ import annotations

import click

from cerebro_db.cli._database import connected, dsn_option
from cerebro_db.cli._tables import show_table

_RUNS = """
select run, status, task, metric, configs, epochs, workers, started, seconds
from cerebro.runs
order by started desc
"""

_LEADERBOARD = """
select rank, config, params, metric, value, loss, validation_loss, epochs, seconds, status
from cerebro.leaderboard
where run = %s
order by rank
limit %s
"""


@click.command()
@click.argument("run", required=False)
@click.option("--limit", default=20, show_default=True, help="How many configurations.")
@dsn_option
def leaderboard(run: str | None, limit: int, dsn: str) -> None:
    """Show the configurations of RUN, best first; without RUN, all runs."""
    with connected(dsn) as connection:
        if run is None:
            rows = connection.execute(_RUNS).fetchall()
        else:
            rows = connection.execute(_LEADERBOARD, [run, limit]).fetchall()
    show_table(rows, f"leaderboard of {run}" if run else "runs")
