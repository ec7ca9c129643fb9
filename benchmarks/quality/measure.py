"""Time to quality from the tables to the lines of a report."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import psycopg

from benchmarks.quality import compare
from benchmarks.quality.contest import (
    OURS,
    RANDOM,
    RIVALS,
    Sample,
    Scale,
    interleaved,
)
from benchmarks.quality.curve import Reached
from benchmarks.quality.rows import create
from benchmarks.report import Quality
from benchmarks.server import tell


def measure(
    conninfo: str,
    tasks: Sequence[str],
    rounds: int,
    scale: Scale,
    only: Collection[str] = (),
    file: Path | None = None,
) -> Iterator[list[Quality]]:
    """Yield what is known after each run of a contestant; the last is all of it.

    Args:
        only: names of OURS and RIVALS; all of them unless stated.
        file: keeps each run, and what it has already is not run again.
    """
    everybody = OURS | RIVALS
    contestants = [one for name, one in everybody.items() if not only or name in only]
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for task in tasks:
            create(connection, task)
    known = load(file) if file is not None and file.exists() else []
    samples: list[Sample] = []
    for sample in interleaved(conninfo, contestants, tasks, rounds, scale, known):
        samples.append(sample)
        if sample not in known:
            known.append(sample)
            _tell_of(sample, rounds)
            if file is not None:
                save(file, known)
        yield compare.lines(samples, scale.limit)


def save(file: Path, samples: Sequence[Sample]) -> None:
    """Write samples as JSON."""
    documents = [asdict(s) | {"contestant": s.contestant.title} for s in samples]
    file.write_text(json.dumps(documents, indent=1) + "\n")


def load(file: Path) -> list[Sample]:
    """Rebuild what ``save`` wrote."""
    named = {one.title: one for one in (RANDOM, *OURS.values(), *RIVALS.values())}
    return [
        Sample(
            **document
            | {
                "contestant": named[document["contestant"]],
                "reached": document["reached"] and Reached(**document["reached"]),
            }
        )
        for document in json.loads(file.read_text())
    ]


def _tell_of(sample: Sample, rounds: int) -> None:
    took = "gave up" if sample.reached is None else f"{sample.reached.seconds:.1f} s"
    tell(
        f"round {sample.round + 1} of {rounds}: {sample.task}, {sample.contestant.title}: "
        f"{took}, {sample.epochs} epochs in all, least error {sample.best:.5f}, "
        f"good enough {sample.target:.5f}, load {sample.load:.1f}"
    )
