"""Who runs on which workload, in which order, with which goal; and how one is run: as a fresh
process, on the clock from its start until it prints its losses."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

import psycopg

from benchmarks.rivals._base import Outcome

_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Contestant:
    """A module of benchmarks.rivals.

    Args:
        goals: by workload, how many times as long as ours it should take at least.
    """

    module: str
    title: str
    workloads: tuple[str, ...]
    goals: dict[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Sample:
    """One contestant on one workload, once."""

    contestant: Contestant
    workload: str
    round: int
    seconds: float
    outcome: Outcome


_ALL = ("w1", "w2", "w3")
OURS = Contestant("in_database", "cerebro_fit", _ALL)
ARRAYS = Contestant("arrays", "our training alone, on arrays in memory", _ALL)
CONTESTANTS = (
    OURS,
    Contestant("keras_fit", "Keras fit", _ALL, {"w1": 8}),
    Contestant("keras_tuned", "Keras fit, tuned", _ALL, {"w1": 3.2}),
    Contestant("keras_processes", "Keras fit, 2 processes", _ALL, {"w1": 4, "w2": 1, "w3": 1}),
    Contestant("ray_tune", "Ray Tune, 2 trials", ("w1",), {"w1": 7}),
    Contestant("optuna_jobs", "Optuna, 2 jobs", ("w1",)),
    ARRAYS,
)


def interleaved(
    conninfo: str, contestants: Iterable[Contestant], workloads: Iterable[str], rounds: int
) -> Iterator[Sample]:
    """Run everybody once a round; each round begins with another contestant."""
    order = list(contestants)
    for round_ in range(rounds):
        for workload in workloads:
            for contestant in (*order[round_ % len(order) :], *order[: round_ % len(order)]):
                if workload in contestant.workloads:
                    settle(conninfo)
                    seconds, outcome = _run(contestant, conninfo, workload)
                    yield Sample(contestant, workload, round_, seconds, outcome)


def _run(contestant: Contestant, conninfo: str, workload: str) -> tuple[float, Outcome]:
    command = [sys.executable, "-m", f"benchmarks.rivals.{contestant.module}", conninfo, workload]
    with TemporaryFile("w+") as errors:
        started = time.perf_counter()
        with subprocess.Popen(
            command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process:
            assert process.stdout is not None
            line = next((line for line in process.stdout if line.startswith("{")), None)
            seconds = time.perf_counter() - started
        if line is None or process.returncode:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{errors.read()}")
    return seconds, Outcome.from_json(line)


def settle(conninfo: str) -> None:
    """Leave nothing to the next one: no run, no session that still ends, no dirty page."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for (run,) in connection.execute("select run from cerebro.runs").fetchall():
            connection.execute("select cerebro_drop(%s)", [run])
        others = (
            "select 1 from pg_stat_activity where backend_type = 'client backend' and pid <> %s"
        )
        while connection.execute(others, [connection.info.backend_pid]).fetchone():
            time.sleep(0.05)
        connection.execute("checkpoint")
