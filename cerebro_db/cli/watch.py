"""cerebro-db watch: progress bars of a run, from what its workers have committed."""

from __future__ import annotations

import time
from typing import Any

import click
from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from cerebro_db.cli._database import Connection, connected, dsn_option
from cerebro_db.cli._tables import cell
from cerebro_db.errors import nearest
from cerebro_db.words import counted

_RUN = """
select * from cerebro.progress where run = %s
"""

_NAMES = "select run from cerebro.runs"

_CONFIGS = """
select c.config, c.params, c.status, c.units, c.units_planned, l.metric, l.value
from cerebro.configs c
join cerebro.leaderboard l using (run, config)
where c.run = %s
order by l.rank
limit %s
"""

_BARS = (
    TextColumn("{task.description}", justify="right"),
    BarColumn(),
    MofNCompleteColumn(),
    TextColumn("{task.fields[note]}"),
)


@click.command()
@click.argument("run")
@click.option("--limit", default=20, show_default=True, help="How many configurations to show.")
@click.option("--once", is_flag=True, help="Show how the run stands and end.")
@click.option("--wait", is_flag=True, help="Wait for a run that has not begun.")
@dsn_option
def watch(run: str, limit: int, once: bool, wait: bool, dsn: str) -> None:
    """Follow RUN until it ends: a bar for each configuration, best first."""
    with connected(dsn) as connection:
        while connection.execute(_RUN, [run]).fetchone() is None:
            if not wait:
                names = [row["run"] for row in connection.execute(_NAMES).fetchall()]
                raise click.ClickException(
                    f'run "{run}" has not begun. {nearest(run, names)} --wait waits for it.'
                )
            time.sleep(0.5)
        with Live(refresh_per_second=4) as live:
            while True:
                progress = connection.execute(_RUN, [run]).fetchone()
                if progress is None:
                    return
                live.update(_view(connection, run, progress, limit))
                if once or progress["status"] != "running":
                    return
                time.sleep(0.5)


def _view(connection: Connection, run: str, progress: dict[str, Any], limit: int) -> Group:
    bars = Progress(*_BARS)
    for row in connection.execute(_CONFIGS, [run, limit]).fetchall():
        value = "" if row["value"] is None else f"{row['metric']} {cell(row['value'])}"
        bars.add_task(
            f"config {row['config']}",
            total=row["units_planned"],
            completed=row["units"],
            note=f"{value} {row['status']} {cell(row['params'])}",
        )
    left = progress["remaining_seconds"]
    return Group(
        Text(
            f"{run}: {progress['status']}, {progress['configs_finished']} of "
            f"{counted(progress['configs'], 'configuration')}, {cell(progress['percent'])} %, "
            f"{progress['elapsed_seconds']:.0f} s"
            + ("" if left is None else f", {left:.0f} s left"),
            style="bold",
        ),
        bars,
    )
