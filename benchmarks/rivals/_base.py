"""What all contestants have in common.

usage: python -m benchmarks.rivals.NAME CONNINFO WORKLOAD

A contestant is a function that takes a Job and returns an Outcome; ``run`` makes a program of it,
which prints the outcome as one line of JSON as soon as all losses are known. The clock that counts
is that of the caller, from the start of this process to that line.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from multiprocessing.synchronize import Barrier
from time import perf_counter

from benchmarks.workloads import WORKLOADS, Config, Workload

PROCESSES = 2


@dataclass(frozen=True)
class Job:
    """A workload on a server, and which of its configurations to train."""

    conninfo: str
    workload: Workload
    configs: Sequence[Config]

    def split(self) -> list[Job]:
        """Return a share of the configurations for each of the processes."""
        shares = [self.configs[first::PROCESSES] for first in range(PROCESSES)]
        return [Job(self.conninfo, self.workload, share) for share in shares]


@dataclass(frozen=True)
class Unit:
    """A row of cerebro.hops; times are seconds since 1970."""

    config: int
    epoch: int
    partition: int
    worker: int
    started: float
    finished: float
    state_bytes: int


@dataclass
class Outcome:
    """The validation loss of each configuration after the last epoch, by its label.

    Args:
        seconds: by phase, where the contestant knows; for the reader, nothing is judged by it.
        units: what our workers did when.
    """

    losses: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    units: list[Unit] = field(default_factory=list)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time that passes inside to a phase."""
        started = perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0) + perf_counter() - started

    @classmethod
    def from_json(cls, line: str) -> Outcome:
        """Rebuild what ``run`` printed."""
        document = json.loads(line)
        document["units"] = [Unit(**unit) for unit in document["units"]]
        return cls(**document)


def run(search: Callable[[Job], Outcome]) -> None:
    """Do what the command line says."""
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    conninfo, name = sys.argv[1:]
    workload = WORKLOADS[name]
    outcome = search(Job(conninfo, workload, workload.configs))
    print(json.dumps(asdict(outcome)), flush=True)


def in_processes(search: Callable[[Job], Outcome], job: Job) -> Outcome:
    """Have fresh processes search a share each; seconds are those of the slower one."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    with context.Pool(PROCESSES, initializer=_meet_at, initargs=(barrier,)) as pool:
        shares = pool.map(search, job.split(), chunksize=1)
    names = {name for share in shares for name in share.seconds}
    return Outcome(
        losses={label: loss for share in shares for label, loss in share.losses.items()},
        seconds={name: max(share.seconds.get(name, 0) for share in shares) for name in names},
    )


def wait_for_others() -> None:
    """Within ``in_processes``: go on when all processes have come here."""
    assert _barrier is not None
    _barrier.wait()


_barrier: Barrier | None = None


def _meet_at(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier
