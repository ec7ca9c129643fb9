"""Export, then Keras `fit` with its defaults, one configuration after the other, on all cores."""

from __future__ import annotations

from benchmarks.rivals._base import Job, Outcome, run
from benchmarks.tables import export


def search(job: Job, threads: int = 0) -> Outcome:
    """Train the job's configurations; 0 threads are as many as there are cores."""
    outcome = Outcome()
    with outcome.phase("import"):
        from benchmarks.rivals import _keras

        _keras.use_threads(threads)
    with outcome.phase("export"):
        split = export(job.conninfo, job.workload).scaled()
    with outcome.phase("fit"):
        for config in job.configs:
            outcome.losses[config.label] = _keras.fit(job.workload, config, split)
    return outcome


if __name__ == "__main__":
    run(search)
