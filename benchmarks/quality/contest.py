"""Who searches, in which order, and how far; each is a process, on the clock from its start."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from benchmarks.contestants import settle
from benchmarks.quality._base import Job, points
from benchmarks.quality.curve import Point, Reached, best, reached, target

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Contestant:
    """A program of benchmarks.quality.

    Args:
        search: as cerebro_fit takes it, for ours.
    """

    module: str
    title: str
    search: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def ours(self) -> bool:
        """Whether it searches in the database."""
        return self.module == "in_database"


@dataclass(frozen=True)
class Scale:
    """How much is searched.

    Args:
        configs, epochs: of the random search that sets the standard.
        limit: seconds after which a contestant gives up.
        first_seed: of the contestants, plus the round. Random search has others, so that nobody
            draws the candidates that set the standard.
    """

    configs: int = 60
    epochs: int = 20
    limit: float = 600.0
    first_seed: int = 1
    reference_seed: int = 1001


@dataclass(frozen=True)
class Sample:
    """One contestant on one task, once; ``reached`` is None where time was up."""

    contestant: Contestant
    task: str
    round: int
    target: float
    best: float
    epochs: int
    reached: Reached | None


RANDOM = Contestant("in_database", "cerebro_fit, random")
OURS = {
    "hyperband": Contestant("in_database", "cerebro_fit, hyperband", {"method": "hyperband"}),
}
RIVALS = {
    "ray": Contestant("ray_asha", "Ray Tune ASHA, Keras"),
    "optuna": Contestant("optuna_hyperband", "Optuna TPE + Hyperband, Keras"),
}


def interleaved(
    conninfo: str,
    contestants: Sequence[Contestant],
    tasks: Sequence[str],
    rounds: int,
    scale: Scale,
) -> Iterator[Sample]:
    """Run everybody once a round on each task: random search first, which sets the target."""
    for round_ in range(rounds):
        turn = round_ % max(1, len(contestants))
        for task in tasks:
            good = None
            for contestant in (RANDOM, *contestants[turn:], *contestants[:turn]):
                settle(conninfo)
                began, curve = _run(contestant, conninfo, task, round_, scale, good)
                good = target(curve) if good is None else good
                yield Sample(
                    contestant,
                    task,
                    round_,
                    good,
                    best(curve),
                    len(curve),
                    reached(curve, began, good),
                )


def _run(
    contestant: Contestant,
    conninfo: str,
    task: str,
    round_: int,
    scale: Scale,
    good: float | None,
) -> tuple[float, list[Point]]:
    """Return when it began and what it reached; without a target it searches to its end."""
    seed, search = scale.first_seed + round_, contestant.search
    if contestant == RANDOM:
        seed = scale.reference_seed + round_
        search = {"method": "random", "configs": scale.configs}
    began = time.time()
    deadline = began + scale.limit if good else float("inf")
    job = Job(conninfo, task, scale.epochs, seed, good or 0.0, deadline, search)
    command = [sys.executable, "-m", f"benchmarks.quality.{contestant.module}", job.argument()]
    with TemporaryFile("w+") as errors:
        done = subprocess.run(
            command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=errors, text=True, check=False
        )
        line = next((line for line in done.stdout.splitlines() if line.startswith("[{")), None)
        if line is None or done.returncode:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{errors.read()}")
    return began, points(line)
