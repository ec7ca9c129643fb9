"""Measures time to quality alone, on a private server, and prints its table.

usage: python -m benchmarks.quality [--help]      `make bench` measures it with all else
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import psycopg

from benchmarks import machine, table
from benchmarks.quality.contest import OURS, RIVALS, Scale
from benchmarks.quality.measure import measure
from benchmarks.quality.tasks import TASKS
from benchmarks.report import Report
from benchmarks.scope import Scope
from benchmarks.server import private_server, tell

_ROOT = Path(__file__).parents[2]
_QUICK = Scale(configs=6, epochs=3, limit=30)


@click.command()
@click.option("--quick", is_flag=True, help="Adult alone, next to nothing: whether all of it runs.")
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True)
@click.option("--task", "tasks", type=click.Choice(list(TASKS)), multiple=True, help="All.")
@click.option("--only", type=click.Choice([*OURS, *RIVALS]), multiple=True, help="All.")
@click.option("--configs", type=click.IntRange(1), help="Of random search; 60 by default.")
@click.option("--epochs", type=click.IntRange(1), help="Of each; 20 by default.")
@click.option("--limit", type=click.FloatRange(0), help="Seconds to give up after; 600 by default.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=_ROOT / "build" / "benchmarks" / "quality.json",
    help="The report, to be published with others.",
)
@click.option(
    "--runs",
    type=click.Path(path_type=Path),
    help="A file that keeps each run: what it has already is not run again.",
)
def main(
    quick: bool,
    rounds: int,
    tasks: tuple[str, ...],
    only: tuple[str, ...],
    out: Path,
    runs: Path | None,
    **size: Any,
) -> None:
    """Measure how long a search takes to come within 0.5 % of what random search reaches."""
    given = {name: value for name, value in size.items() if value is not None}
    scale = replace(_QUICK if quick else Scale(), **given)
    tasks = tasks or (("adult",) if quick else tuple(TASKS))
    out.parent.mkdir(parents=True, exist_ok=True)
    with private_server() as conninfo:
        with psycopg.connect(conninfo) as connection:
            report = Report(machine.describe(connection), _left_out(tasks, only, rounds))
        for lines in measure(conninfo, tasks, rounds, scale, only, runs):
            report.qualities = lines
            report.write(out)
    click.echo(table.quality(report))
    tell(f"written to {out}; to publish it: {sys.executable} -m benchmarks.publish quality {out}")


def _left_out(tasks: Sequence[str], only: Sequence[str], rounds: int) -> list[str]:
    """Return what is missing in comparison to the whole."""
    everybody = OURS | RIVALS
    missing = [task for task in TASKS if task not in tasks]
    missing += [everybody[name].title for name in everybody if only and name not in only]
    if rounds < Scope.rounds:
        missing.append(f"{Scope.rounds - rounds} of {Scope.rounds} rounds")
    return missing


if __name__ == "__main__":
    main()
