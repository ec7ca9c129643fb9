"""Ray Tune's ASHA over Keras: two trials at a time, which share the arrays in its object store. Its
processes are used again for later trials."""

from __future__ import annotations

import os
from dataclasses import replace
from math import isfinite
from tempfile import TemporaryDirectory
from time import time
from typing import Any

from benchmarks.quality._base import Job, run
from benchmarks.quality.curve import Point
from benchmarks.quality.rows import read
from benchmarks.rivals._base import PROCESSES
from benchmarks.rivals.ray_tune import SETTINGS
from benchmarks.tables import Split

# Until it is good enough, or time is up.
_TRIALS = 100_000


def search(job: Job) -> list[Point]:
    """Search until it is over."""
    os.environ |= SETTINGS
    import ray
    from ray import tune
    from ray.tune.schedulers import ASHAScheduler
    from ray.tune.search.basic_variant import BasicVariantGenerator

    points: list[Point] = []
    numbers: dict[str, int] = {}

    class Watch(tune.Stopper):
        """Notes each epoch, and ends the search when it is over."""

        def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
            number = numbers.setdefault(trial_id, 1 + len(numbers))
            points.append(Point(result["at"], number, result["epoch"], result["error"]))
            return False

        def stop_all(self) -> bool:
            return bool(points) and job.over(min(point.error for point in points))

    split = read(job.conninfo, job.name)
    with TemporaryDirectory() as folder:
        ray.init(num_cpus=PROCESSES, include_dashboard=False, log_to_driver=False)
        trainable = tune.with_parameters(_trial, job=replace(job, search={}), split=split)
        tune.Tuner(
            tune.with_resources(trainable, {"cpu": 1}),
            param_space=_space(job.task.space),
            tune_config=tune.TuneConfig(
                metric="error",
                mode="min",
                num_samples=_TRIALS,
                search_alg=BasicVariantGenerator(max_concurrent=PROCESSES, random_state=job.seed),
                scheduler=ASHAScheduler(max_t=job.epochs, grace_period=1),
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(storage_path=folder, verbose=0, stop=Watch()),
        ).fit()
    return [point for point in points if isfinite(point.error)]


def _trial(params: dict[str, Any], job: Job, split: Split) -> None:
    from ray import tune

    from benchmarks.quality import keras_trial

    if not _ready:
        keras_trial.use_one_thread()
        _ready.append(True)

    def report(epoch: int, error: float) -> bool:
        tune.report({"error": error, "epoch": epoch, "at": time()})
        return False

    keras_trial.train(job.task, params, split, job.epochs, job.seed, report)


# Whether this process has trained before.
_ready: list[bool] = []


def _space(space: dict[str, Any]) -> dict[str, Any]:
    from ray import tune

    def dimension(stated: Any) -> Any:
        if isinstance(stated, list):
            return tune.choice(stated)
        ((kind, bounds),) = stated.items()
        return {"log": tune.loguniform, "uniform": tune.uniform}[kind](*bounds)

    return {name: dimension(stated) for name, stated in space.items()}


if __name__ == "__main__":
    run(search)
