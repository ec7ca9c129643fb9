"""Who searches, in which order, and how far; each is a process, on the clock from its start."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
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
        epochs: how far it lets one trial train, if not as far as random search does.
    """

    module: str
    title: str
    search: dict[str, Any] = field(default_factory=dict, hash=False)
    epochs: int | None = None

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
    """One contestant on one task, once; ``reached`` is None where time was up.

    Args:
        epochs: of all its trials together.
        load: of the machine, when it began.
    """

    contestant: Contestant
    task: str
    round: int
    target: float
    best: float
    epochs: int
    reached: Reached | None
    load: float

    @property
    def key(self) -> tuple[str, str, int]:
        """What was run."""
        return self.task, self.contestant.title, self.round


RANDOM = Contestant("in_database", "cerebro_fit, random")
# Hyperband's natural length is a power of three.
OURS = {
    "asha": Contestant("in_database", "cerebro_fit, asha", {"method": "asha", "configs": 60}),
    "asha+tpe": Contestant(
        "in_database",
        "cerebro_fit, asha by tpe",
        {"method": "asha", "configs": 60, "sampler": "tpe"},
    ),
    "hyperband": Contestant("in_database", "cerebro_fit, hyperband", {"method": "hyperband"}, 27),
    "hyperband+tpe": Contestant(
        "in_database",
        "cerebro_fit, hyperband by tpe",
        {"method": "hyperband", "sampler": "tpe"},
        27,
    ),
    "tpe": Contestant("in_database", "cerebro_fit, tpe", {"method": "tpe", "configs": 60}),
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
    known: Collection[Sample] = (),
) -> Iterator[Sample]:
    """Run everybody once a round on each task: random search first, which sets the target.

    Args:
        known: what was run before, and is not run again.
    """
    before = {sample.key: sample for sample in known}
    for round_ in range(rounds):
        turn = round_ % max(1, len(contestants))
        for task in tasks:
            good = None
            for contestant in (RANDOM, *contestants[turn:], *contestants[:turn]):
                sample = before.get((task, contestant.title, round_))
                if sample is None:
                    settle(conninfo)
                    sample = _sample(contestant, conninfo, task, round_, scale, good)
                good = sample.target
                yield sample


def _sample(
    contestant: Contestant,
    conninfo: str,
    task: str,
    round_: int,
    scale: Scale,
    good: float | None,
) -> Sample:
    load, _, _ = os.getloadavg()
    began, curve = _run(contestant, conninfo, task, round_, scale, good)
    good = target(curve) if good is None else good
    found = reached(curve, began, good)
    return Sample(contestant, task, round_, good, best(curve), len(curve), found, load)


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
    job = Job(
        conninfo, task, contestant.epochs or scale.epochs, seed, good or 0.0, deadline, search
    )
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
