"""Time to quality from the tables to the lines of a report."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import psycopg

from benchmarks.quality import compare
from benchmarks.quality.contest import OURS, RIVALS, Sample, Scale, interleaved
from benchmarks.quality.rows import create
from benchmarks.report import Quality
from benchmarks.server import tell


def measure(
    conninfo: str,
    tasks: Sequence[str],
    rounds: int,
    scale: Scale,
    only: Collection[str] = (),
) -> Iterator[list[Quality]]:
    """Yield what is known after each round of each task; the last is all of it.

    Args:
        only: names of OURS and RIVALS; all of them unless stated.
    """
    everybody = OURS | RIVALS
    contestants = [one for name, one in everybody.items() if not only or name in only]
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for task in tasks:
            create(connection, task)
    samples: list[Sample] = []
    for sample in interleaved(conninfo, contestants, tasks, rounds, scale):
        samples.append(sample)
        took = "gave up" if sample.reached is None else f"{sample.reached.seconds:.1f} s"
        tell(
            f"round {sample.round + 1} of {rounds}: {sample.task}, {sample.contestant.title}: "
            f"{took}, {sample.epochs} epochs in all, "
            f"least error {sample.best:.5f}, good enough {sample.target:.5f}"
        )
        if len(samples) % (1 + len(contestants)) == 0:
            yield compare.lines(samples, scale.limit)
