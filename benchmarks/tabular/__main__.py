"""Measures how well one call predicts beside others, on a private server, and prints the tables.

usage: python -m benchmarks.tabular [--help]      `make bench-tables` does
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
import psycopg

from benchmarks import machine
from benchmarks.server import private_server, tell
from benchmarks.tabular import contestants as known
from benchmarks.tabular import picture, table
from benchmarks.tabular.compare import complete, standings
from benchmarks.tabular.contest import Failed, interleaved
from benchmarks.tabular.contestants import CONTESTANTS, Contestant
from benchmarks.tabular.results import Results
from benchmarks.tabular.sets import PORTFOLIO_SETS, SETS, Set

_ROOT = Path(__file__).parents[2]
_QUICK_SETS, _QUICK_SECONDS = ("digits", "ccpp"), 15.0
_PACKAGES = ("lightgbm", "xgboost-cpu", "catboost", "scikit-learn", "pytabkit", "torch", "pandas")


@click.command()
@click.option(
    "--quick", is_flag=True, help="Two small sets and 15 seconds: whether all of it runs."
)
@click.option(
    "--set", "sets", type=click.Choice([*SETS, *PORTFOLIO_SETS]), multiple=True, help="All."
)
@click.option("--only", type=click.Choice([*CONTESTANTS]), multiple=True, help="All.")
@click.option(
    "--fit",
    "fits",
    type=(str, str),
    multiple=True,
    help="Another of ours: its name, and arguments of cerebro_fit as JSON.",
)
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True)
@click.option("--seconds", type=click.FloatRange(1), help="Of those who are timed; 600 by default.")
@click.option(
    "--limit",
    type=click.FloatRange(1),
    default=3600.0,
    show_default=True,
    help="Seconds after which a contestant has failed.",
)
@click.option("--portfolio", is_flag=True, help="The other sets, on which the default is chosen.")
@click.option("--totals", is_flag=True, help="Print what the file has, and run nothing.")
@click.option(
    "--results",
    "file",
    type=click.Path(path_type=Path),
    help="Keeps each result: what it has already is not run again.",
)
def main(
    quick: bool,
    sets: tuple[str, ...],
    only: tuple[str, ...],
    fits: tuple[tuple[str, str], ...],
    rounds: int,
    seconds: float | None,
    limit: float,
    portfolio: bool,
    totals: bool,
    file: Path | None,
) -> None:
    """Measure how well cerebro_fit and others predict test rows, and what that costs."""
    everything = PORTFOLIO_SETS if portfolio else SETS
    seconds = seconds or (_QUICK_SECONDS if quick else 600.0)
    names = sets or (_QUICK_SETS if quick and not portfolio else tuple(everything))
    others = [name for name in names if name not in everything]
    if others:
        raise click.UsageError(f"of the other list: {', '.join(others)}; see --portfolio")
    chosen = [everything[name] for name in names]
    contestants = [
        one.within(seconds) for name, one in CONTESTANTS.items() if not only or name in only
    ]
    contestants += [known.ours(name, json.loads(text)) for name, text in fits]
    file = file or _file(quick, portfolio)
    file.parent.mkdir(parents=True, exist_ok=True)
    results = Results.read([file])
    failures = [] if totals else _run(results, file, contestants, chosen, rounds, limit)
    counted = _of(results, contestants, chosen)
    text = table.whole(counted)
    file.with_suffix(".md").write_text(text + "\n")
    everybody = standings(counted.found)
    if len(everybody) > 1:
        picture.draw(everybody, len(complete(counted.found)), file.with_suffix(".svg"))
    click.echo(text)
    tell(f"\nto publish it: {sys.executable} -m benchmarks.publish tables {file}")
    if failures:
        tell("\n".join(map(str, failures)))
        sys.exit(f"{len(failures)} runs failed; the same command runs them again")


def _file(quick: bool, portfolio: bool) -> Path:
    name = "portfolio-sets" if portfolio else "tables"
    return _ROOT / "build" / "benchmarks" / f"{name}{'-quick' if quick else ''}.json"


def _run(
    results: Results,
    file: Path,
    contestants: list[Contestant],
    sets: list[Set],
    rounds: int,
    limit: float,
) -> list[Failed]:
    """Add what is missing to the results, and write each as it comes; return what failed."""
    failures = []
    with private_server() as conninfo:
        with psycopg.connect(conninfo) as connection:
            results.machine = results.machine or machine.describe(connection, _PACKAGES)
        keys = {result.key for result in results.found}
        for found in interleaved(conninfo, contestants, sets, rounds, keys, limit):
            if isinstance(found, Failed):
                failures.append(found)
                tell(str(found))
                continue
            results.found.append(found)
            results.write(file)
            tell(
                f"round {found.round + 1} of {rounds}: {found.set}, {found.contestant}: error "
                f"{found.error:.5g}, {found.seconds:.1f} s, CPU {found.cpu:.1f} s"
            )
    return failures


def _of(results: Results, contestants: list[Contestant], sets: list[Set]) -> Results:
    """Return the results of these contestants on these sets."""
    titles, names = {one.title for one in contestants}, {one.name for one in sets}
    found = [r for r in results.found if r.contestant in titles and r.set in names]
    return Results(results.machine, found)


if __name__ == "__main__":
    main()
