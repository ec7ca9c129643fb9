"""Two processes, each of which exports, and trains half of the configurations with Keras `fit` and
its defaults on one thread."""

from __future__ import annotations

from functools import partial

from benchmarks.rivals import keras_fit
from benchmarks.rivals._base import Job, Outcome, in_processes, run


def search(job: Job) -> Outcome:
    """Train the job's configurations."""
    return in_processes(partial(keras_fit.search, threads=1), job)


if __name__ == "__main__":
    run(search)
