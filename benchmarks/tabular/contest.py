"""Runs contestants in turns, each a process of its own, on the clock from its start to its end."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import numpy as np
import psycopg

from benchmarks.contestants import settle
from benchmarks.tabular._base import THREADS, Job
from benchmarks.tabular.contestants import Contestant
from benchmarks.tabular.measures import measure
from benchmarks.tabular.results import Result
from benchmarks.tabular.rows import create
from benchmarks.tabular.sets import Set
from benchmarks.tabular.usage import server_seconds

_ROOT = Path(__file__).parents[2]
_THREADS = {
    name: str(THREADS) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
}


class Failed(Exception):
    """A contestant has ended without predictions, or with ones that cannot be."""


def interleaved(
    conninfo: str,
    contestants: Sequence[Contestant],
    sets: Sequence[Set],
    rounds: int,
    known: Collection[tuple[str, str, int]],
    limit: float,
) -> Iterator[Result | Failed]:
    """Run everybody once a round on each set; each round begins with another contestant.

    Args:
        known: keys of results that are there, and are not run again.
        limit: seconds after which a contestant has failed.
    """
    for round_ in range(rounds):
        turn = round_ % len(contestants)
        for one in sets:
            order = (*contestants[turn:], *contestants[:turn])
            left = [each for each in order if (one.name, each.title, round_) not in known]
            if not left:
                continue
            with psycopg.connect(conninfo, autocommit=True) as connection:
                truth = create(connection, one)
            for contestant in left:
                settle(conninfo)
                try:
                    yield _run(contestant, conninfo, one, truth, round_, limit)
                except Failed as failed:
                    yield failed


def _run(
    contestant: Contestant, conninfo: str, one: Set, truth: np.ndarray, round_: int, limit: float
) -> Result:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "predictions.npy"
        job = Job(conninfo, one.name, round_, contestant.seconds, str(file), contestant.fit)
        load, _, _ = os.getloadavg()
        of_server, of_client = server_seconds(conninfo), _client_seconds()
        began = time.perf_counter()
        _wait_for(contestant, job, limit)
        seconds = time.perf_counter() - began
        cpu = _client_seconds() - of_client + server_seconds(conninfo) - of_server
        found = np.load(file)
    classes = () if one.kind == "regression" else tuple(sorted(set(truth)))
    try:
        measured = measure(one.kind, classes, truth, found)
    except ValueError as error:
        raise Failed(f"{one.name}, {contestant.title}: {error}") from error
    log_loss = None if isnan(measured.log_loss) else measured.log_loss
    return Result(
        one.name,
        contestant.title,
        round_,
        measured.error,
        log_loss,
        seconds,
        cpu,
        load,
        contestant.seconds,
    )


def _wait_for(contestant: Contestant, job: Job, limit: float) -> None:
    """Run a contestant's program.

    Raises:
        Failed: it has ended otherwise than well, or has not ended in time.
    """
    module = f"benchmarks.tabular.rivals.{contestant.module}"
    command = [sys.executable, "-m", module, job.argument()]
    with TemporaryFile("w+") as output:
        try:
            done = subprocess.run(
                command,
                cwd=_ROOT,
                env=os.environ | _THREADS,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired as expired:
            raise Failed(f"{job.name}, {contestant.title}: not done in {limit:g} s") from expired
        if done.returncode:
            output.seek(0)
            raise Failed(f"{job.name}, {contestant.title}:\n{output.read()}")


def _client_seconds() -> float:
    """Return the processor seconds of all programs that were waited for, with their children's."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
