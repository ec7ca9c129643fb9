"""Export, then Ray Tune with two trials at a time, which share the arrays in its object store, and
train with Keras `fit`. Its processes are used again for later trials."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.rivals._base import PROCESSES, Job, Outcome, run
from benchmarks.tables import Split, export
from benchmarks.workloads import Config, Workload

SETTINGS = {
    "PYTHONPATH": str(Path(__file__).parents[2]),
    "RAY_AUTH_MODE": "disabled",
    "RAY_USAGE_STATS_ENABLED": "0",
}


def search(job: Job) -> Outcome:
    """Train the job's configurations."""
    outcome = Outcome()
    os.environ |= SETTINGS
    with outcome.phase("import"):
        import ray
        from ray import tune
    with outcome.phase("export"):
        split = export(job.conninfo, job.workload).scaled()
    with TemporaryDirectory() as folder, outcome.phase("fit"):
        ray.init(num_cpus=PROCESSES, include_dashboard=False, log_to_driver=False)
        tuner = tune.Tuner(
            tune.with_resources(
                tune.with_parameters(_trial, workload=job.workload, split=split), {"cpu": 1}
            ),
            param_space={"config": tune.grid_search([asdict(config) for config in job.configs])},
            tune_config=tune.TuneConfig(max_concurrent_trials=PROCESSES, reuse_actors=True),
            run_config=tune.RunConfig(storage_path=folder, verbose=0),
        )
        for result in tuner.fit():
            outcome.losses[Config(**result.config["config"]).label] = result.metrics["loss"]
    return outcome


def _trial(params: dict[str, Any], workload: Workload, split: Split) -> dict[str, float]:
    from benchmarks.rivals import _keras

    return {"loss": _keras.fit(workload, Config(**params["config"]), split)}


if __name__ == "__main__":
    run(search)
