"""What all contestants have in common.

usage: python -m benchmarks.tabular.rivals.NAME JOB

A contestant is a function from a Job to predictions of the test rows: floats (rows), or
probabilities (rows, classes); ``run`` makes a program of it, which leaves them in a file. The clock
that counts is that of the caller, from the start of the process to its end.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from benchmarks.tabular.rows import Rows, read
from benchmarks.tabular.sets import PORTFOLIO_SETS, SETS, Set

THREADS = 2


@dataclass(frozen=True)
class Job:
    """A set on a server, and how to learn it.

    Args:
        name: of the set.
        seconds: how long one who tunes may take; None: nothing is tuned.
        fit: named arguments of cerebro_fit, for ours.
        file: where predictions go.
    """

    conninfo: str
    name: str
    seed: int
    seconds: float | None
    file: str
    fit: dict[str, Any] = field(default_factory=dict)

    @property
    def set(self) -> Set:
        """The set of that name."""
        return (SETS | PORTFOLIO_SETS)[self.name]

    def rows(self) -> Rows:
        """Read the set's tables."""
        return read(self.conninfo, self.set)

    def argument(self) -> str:
        """Return it as the command line has it."""
        return json.dumps(asdict(self))


def run(learn: Callable[[Job], np.ndarray]) -> None:
    """Do what the command line says."""
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    job = Job(**json.loads(sys.argv[1]))
    np.save(job.file, np.asarray(learn(job), float))
