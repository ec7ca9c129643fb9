"""cerebro-db simulate: the planner against simulated segments, beside the randomised scheduler."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click

from cerebro_db.cli._tables import show_table
from cerebro_db.planner.simulate import (
    SimulatedEngine,
    Workload,
    make_workload,
    run_planned,
    run_randomised,
)
from cerebro_db.planner.simulate_search import (
    MOST_TRIALS,
    SIMULATED,
    bound,
    run_search,
    simulated,
    waits,
)


class Shape(click.ParamType):
    """Configurations and segments on the command line, such as 256x16."""

    name = "CONFIGSxSEGMENTS"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        """Return both numbers."""
        if isinstance(value, tuple):
            return value
        configs, _, segments = value.partition("x")
        if not (configs.isdecimal() and segments.isdecimal() and int(configs) and int(segments)):
            self.fail(f"{value!r} is not like 256x16", param, ctx)
        return int(configs), int(segments)


SHAPES = ((16, 8), (16, 16), (256, 8), (256, 16))


@click.command()
@click.option(
    "--shape", "shapes", type=Shape(), multiple=True, default=SHAPES, help="May be repeated."
)
@click.option("--search", "method", type=click.Choice(SIMULATED), help="With a method's budgets.")
@click.option("--epochs", type=click.IntRange(1), default=5, show_default=True, help="Of any one.")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the rows here too.")
def simulate(
    shapes: Sequence[tuple[int, int]],
    method: str | None,
    epochs: int,
    seeds: int,
    file: Path | None,
) -> None:
    """Simulate the planner: how near the best it comes, and what a decision takes.

    Shown are makespans over max(busiest segment, longest configuration), medians of the seeds:
    "planner" (and its "worst" seed), and the "randomised" scheduler of the Cerebro paper. "us" is
    the planner's time per unit in microseconds, with the little that the simulation itself takes.

    With --search, trials train as far as the method lets them, up to --epochs: so many as the shape
    says, but for hyperband, which says it itself. The bound knows who goes on and what it costs,
    and that the end of a search is narrow: only few trials can train then. "us" is with the
    method's decisions.
    """
    show(measure(shapes, epochs, seeds, method=method, compare=method is None), file)


@dataclass(frozen=True)
class Measured:
    """One line of the table: ratios and times are medians of the seeds.

    Args:
        trained: epochs of all configurations together.
        makespan: in units of the simulation: a unit of cost 1 at speed 1 lasts 1.
    """

    configs: int
    segments: int
    workload: str
    placement: str
    epochs: int
    seeds: int
    planner: float
    worst: float
    randomised: float | None
    microseconds: float
    trained: int
    makespan: float


@dataclass(frozen=True)
class _Once:
    """What one seed came to."""

    configs: int
    trained: int
    makespan: float
    bound: float
    randomised: float | None
    seconds: float


def measure(
    shapes: Iterable[tuple[int, int]],
    epochs: int,
    seeds: int,
    *,
    method: str | None = None,
    compare: bool = True,
) -> list[Measured]:
    """Simulate all workloads of each shape.

    Args:
        method: a search method; None: all configurations train all epochs.
        compare: with the randomised scheduler, which knows no method.
    """
    return [
        _measure(configs, segments, mixed, pinned, epochs, seeds, method, compare)
        for configs, segments in shapes
        for mixed in (False, True)
        for pinned in (True, False)
    ]


def show(rows: Sequence[Measured], file: Path | None) -> None:
    """Print the table, and write it as JSON where asked."""
    lines = [
        {
            "shape": f"{row.configs}x{row.segments}",
            "epochs": row.epochs,
            "trained": row.trained,
            "workload": f"{row.workload}, {row.placement}",
            "planner": row.planner,
            "worst": row.worst,
            "randomised": row.randomised,
            "us": round(row.microseconds, 1),
        }
        for row in rows
    ]
    show_table(lines, "makespan over the lower bound")
    if file is not None:
        file.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


def _measure(
    configs: int,
    segments: int,
    mixed: bool,
    pinned: bool,
    epochs: int,
    seeds: int,
    method: str | None,
    compare: bool,
) -> Measured:
    found = []
    for seed in range(seeds):
        workload = make_workload(
            configs if method is None else MOST_TRIALS,
            segments,
            mixed=mixed,
            pinned=pinned,
            epochs=epochs,
            seed=seed,
        )
        if method is None:
            found.append(_equal_budgets(workload, seed, compare))
        else:
            found.append(_own_budgets(method, configs, workload, seed))
    ratios = [once.makespan / once.bound for once in found]
    others = [once.randomised for once in found if once.randomised is not None]
    return Measured(
        found[0].configs,
        segments,
        "heterogeneous" if mixed else "homogeneous",
        "pinned" if pinned else "free",
        epochs,
        seeds,
        median(ratios),
        max(ratios),
        median(others) if others else None,
        median(once.seconds / (once.trained * segments) for once in found) * 1e6,
        round(median(once.trained for once in found)),
        median(once.makespan for once in found),
    )


def _equal_budgets(workload: Workload, seed: int, compare: bool) -> _Once:
    engine = SimulatedEngine(workload)
    started = time.process_time()
    run_planned(workload, engine, seed)
    seconds = time.process_time() - started
    randomised = None
    if compare:
        other = SimulatedEngine(workload)
        run_randomised(workload, other, seed)
        randomised = other.now / workload.bound
    configs = len(workload.costs)
    trained = configs * workload.epochs
    return _Once(configs, trained, engine.now, workload.bound, randomised, seconds)


def _own_budgets(method: str, configs: int, workload: Workload, seed: int) -> _Once:
    engine = SimulatedEngine(workload)
    search = simulated(method, configs, workload.epochs, engine.workers, seed)
    started = time.process_time()
    legs = run_search(search, workload, engine, seed)
    seconds = time.process_time() - started
    return _Once(
        max(leg.trial for leg in legs),
        sum(leg.epochs for leg in legs),
        engine.now,
        bound(legs, workload, waiting=waits(search)),
        None,
        seconds,
    )
