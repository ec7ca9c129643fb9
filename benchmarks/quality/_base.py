"""What all contestants have in common.

usage: python -m benchmarks.quality.NAME JOB

A contestant is a function that takes a Job and returns Points; ``run`` makes a program of it, which
prints them as one line of JSON. The clock that counts is that of the caller, from the start of the
process; the points carry times of their own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from time import time
from typing import Any

from benchmarks.quality.curve import Point
from benchmarks.quality.tasks import TASKS, Task


@dataclass(frozen=True)
class Job:
    """A task on a server, and how far to search.

    Args:
        name: of the task.
        search: as cerebro_fit takes it; the others have a method of their own.
        epochs: how far one trial may train.
        target: the error that is good enough, after which nobody goes on; 0: go on to the end.
        deadline: seconds since 1970, after which nobody goes on either.
    """

    conninfo: str
    name: str
    epochs: int
    seed: int
    target: float
    deadline: float
    search: dict[str, Any] = field(default_factory=dict)

    @property
    def task(self) -> Task:
        """The task of that name."""
        return TASKS[self.name]

    def over(self, error: float) -> bool:
        """Return whether nobody goes on, after an epoch of this error."""
        return error <= self.target or time() > self.deadline

    def argument(self) -> str:
        """Return it as the command line has it."""
        return json.dumps(asdict(self))


def run(search: Callable[[Job], list[Point]]) -> None:
    """Do what the command line says."""
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    job = Job(**json.loads(sys.argv[1]))
    print(json.dumps([asdict(point) for point in search(job)]), flush=True)


def points(line: str) -> list[Point]:
    """Rebuild what ``run`` printed."""
    return [Point(**point) for point in json.loads(line)]
