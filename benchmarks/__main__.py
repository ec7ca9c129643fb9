"""Runs the benchmark on a private server of its own, prints the tables, writes JSON and a picture.

usage: python -m benchmarks [--help]      `make bench` and `make bench-quick` do
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import psycopg

from benchmarks import compare, curves, machine, picture, table, tables
from benchmarks.best_epoch import best_epoch_cost
from benchmarks.contestants import interleaved
from benchmarks.cross_validation import cross_validation
from benchmarks.hop_cost import hop_cost
from benchmarks.parts import packing_figures, prediction_figures
from benchmarks.quality.contest import Scale
from benchmarks.quality.measure import measure
from benchmarks.quality.tasks import TASKS
from benchmarks.report import Report
from benchmarks.scope import QUICK, RIVALS, Scope
from benchmarks.server import private_server, tell
from benchmarks.session import Session
from benchmarks.warm_start import warm_start
from benchmarks.workloads import W1, WORKLOADS

_ROOT = Path(__file__).parents[1]


@click.command()
@click.option("--quick", is_flag=True, help="What fits into three minutes.")
@click.option("--rounds", type=click.IntRange(1), help="Medians are of so many; 3 by default.")
@click.option("--workload", "workloads", type=click.Choice(list(WORKLOADS)), multiple=True)
@click.option("--rival", "rivals", type=click.Choice(list(RIVALS)), multiple=True)
@click.option("--curves/--no-curves", default=None, help="How cost grows with the work.")
@click.option("--quality/--no-quality", default=None, help="Time to quality.")
@click.option("--parts/--no-parts", default=None, help="Packing, predicting, best epochs.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=_ROOT / "build" / "benchmarks",
    help="Folder for report.json, report.md and report.svg.",
)
def main(quick: bool, out: Path, **chosen: Any) -> None:
    """Measure cerebro_db against its rivals, and how its cost grows."""
    given = {name: value for name, value in chosen.items() if value not in (None, ())}
    scope = replace(QUICK if quick else Scope(), **given)
    out.mkdir(parents=True, exist_ok=True)
    with private_server() as conninfo:
        report = _contest(conninfo, scope)
        report.write(out / "report.json")
        if scope.quality:
            for qualities in measure(conninfo, list(TASKS), scope.rounds, Scale()):
                report.qualities = qualities
                report.write(out / "report.json")
        _add_figures(conninfo, scope, report)
    report.write(out / "report.json")
    picture.draw(report, out / "report.svg")
    (out / "report.md").write_text(table.whole(report) + "\n")
    click.echo(table.whole(report))
    tell(f"\nto publish it: {sys.executable} -m benchmarks.publish {out / 'report.json'}")


def _contest(conninfo: str, scope: Scope) -> Report:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        named = machine.describe(connection)
        for name in {W1.name, *scope.workloads}:
            tables.create(connection, WORKLOADS[name])
    samples = []
    for sample in interleaved(conninfo, scope.contestants, scope.workloads, scope.rounds):
        samples.append(sample)
        about = f"{sample.workload.upper()} {sample.contestant.title}"
        tell(f"round {sample.round + 1} of {scope.rounds}: {about}, {sample.seconds:.1f} s")
    return Report(
        named,
        scope.left_out(),
        compare.lines(samples),
        compare.training_figures(samples),
    )


def _add_figures(conninfo: str, scope: Scope, report: Report) -> None:
    if scope.parts:
        tell("packing")
        report.figures += packing_figures(conninfo, scope.rounds)
        tell("predicting")
        report.figures += prediction_figures(conninfo, scope.rounds)
    with Session(conninfo) as session:
        tell("warm start")
        report.figures.append(warm_start(session, scope.rounds))
        if scope.parts:
            tell("best epochs")
            report.figures += best_epoch_cost(session, scope.rounds)
            tell("folds")
            report.figures += cross_validation(session, scope.rounds)
        if scope.curves:
            _add_curves(session, scope.rounds, report)


def _add_curves(session: Session, rounds: int, report: Report) -> None:
    tell("state and hops")
    curve, figures = hop_cost(session, rounds)
    report.figures += figures
    tell("configurations")
    report.curves.append(curves.configurations(session, rounds))
    tell("partitions")
    report.curves += [curves.partitions(session, rounds), curve]
    tell("rows")
    report.curves.append(curves.rows(session))


if __name__ == "__main__":
    main()
