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
    make_workload,
    run_planned,
    run_randomised,
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
@click.option("--epochs", type=click.IntRange(1), default=5, show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the rows here too.")
def simulate(shapes: Sequence[tuple[int, int]], epochs: int, seeds: int, file: Path | None) -> None:
    """Simulate the planner: how near the best it comes, and what a decision takes.

    Shown are makespans over max(busiest segment, longest configuration), medians of the seeds:
    "planner" (and its "worst" seed), and the "randomised" scheduler of the Cerebro paper. "us" is
    the planner's time per unit in microseconds, with the little that the simulation itself takes.
    """
    show(measure(shapes, epochs, seeds), file)


@dataclass(frozen=True)
class Measured:
    """One line of the table."""

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


def measure(
    shapes: Iterable[tuple[int, int]], epochs: int, seeds: int, *, compare: bool = True
) -> list[Measured]:
    """Simulate all workloads of each shape, with the randomised scheduler if ``compare``."""
    return [
        _measure(configs, segments, mixed, pinned, epochs, seeds, compare)
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
    configs: int, segments: int, mixed: bool, pinned: bool, epochs: int, seeds: int, compare: bool
) -> Measured:
    planned, randomised, seconds = [], [], []
    for seed in range(seeds):
        workload = make_workload(
            configs, segments, mixed=mixed, pinned=pinned, epochs=epochs, seed=seed
        )
        engine = SimulatedEngine(workload)
        started = time.process_time()
        run_planned(workload, engine, seed)
        seconds.append(time.process_time() - started)
        planned.append(engine.now / workload.bound)
        if compare:
            engine = SimulatedEngine(workload)
            run_randomised(workload, engine, seed)
            randomised.append(engine.now / workload.bound)
    return Measured(
        configs,
        segments,
        "heterogeneous" if mixed else "homogeneous",
        "pinned" if pinned else "free",
        epochs,
        seeds,
        median(planned),
        max(planned),
        median(randomised) if randomised else None,
        median(seconds) / (configs * segments * epochs) * 1e6,
    )
