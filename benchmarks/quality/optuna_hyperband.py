"""Optuna's TPE with its Hyperband pruner over Keras: two processes with one study, in a journal."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import asdict
from math import isfinite
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from typing import TYPE_CHECKING, Any

from benchmarks.quality._base import Job, run
from benchmarks.quality.curve import Point
from benchmarks.quality.rows import read
from benchmarks.rivals._base import PROCESSES

if TYPE_CHECKING:
    import optuna

_STUDY = "quality"


def search(job: Job) -> list[Point]:
    """Search until it is over."""
    context = multiprocessing.get_context("spawn")
    over = context.Event()
    with (
        TemporaryDirectory() as folder,
        context.Pool(PROCESSES, initializer=_remember, initargs=(over,)) as pool,
    ):
        _study(job, folder, 0)
        shares = pool.starmap(
            _search, [(asdict(job), folder, process) for process in range(PROCESSES)], chunksize=1
        )
    return [Point(*values) for share in shares for values in share]


def _search(document: dict[str, Any], folder: str, process: int) -> list[tuple[Any, ...]]:
    import optuna

    from benchmarks.quality import keras_trial

    job = Job(**document)
    keras_trial.use_one_thread()
    split = read(job.conninfo, job.name)
    found: list[tuple[Any, ...]] = []

    def objective(trial: optuna.Trial) -> float:
        params = _params(trial, job.task.space)
        errors = []
        pruned = False

        def report(epoch: int, error: float) -> bool:
            nonlocal pruned
            if not isfinite(error):
                raise optuna.TrialPruned
            found.append((time(), trial.number + 1, epoch, error))
            errors.append(error)
            trial.report(error, epoch)
            if job.over(error):
                _over.set()
            pruned = trial.should_prune()
            return pruned or _over.is_set()

        keras_trial.train(job.task, params, split, job.epochs, job.seed, report)
        if pruned:
            raise optuna.TrialPruned
        return min(errors)

    def stop_when_over(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        if _over.is_set() or time() > job.deadline:
            study.stop()

    _study(job, folder, process).optimize(objective, callbacks=[stop_when_over])
    return found


def _study(job: Job, folder: str, process: int) -> optuna.Study:
    """Return the one study of all processes; each draws with a seed of its own."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(
        study_name=_STUDY,
        storage=JournalStorage(JournalFileBackend(str(Path(folder) / "journal"))),
        sampler=optuna.samplers.TPESampler(
            seed=PROCESSES * job.seed + process, multivariate=True, constant_liar=True
        ),
        pruner=optuna.pruners.HyperbandPruner(min_resource=1, max_resource=job.epochs),
        load_if_exists=True,
    )


def _params(trial: optuna.Trial, space: dict[str, Any]) -> dict[str, Any]:
    def value(name: str, stated: Any) -> Any:
        if isinstance(stated, list):
            # A choice is of plain values.
            return json.loads(trial.suggest_categorical(name, [json.dumps(v) for v in stated]))
        ((kind, bounds),) = stated.items()
        return trial.suggest_float(name, *bounds, log=kind == "log")

    return {name: value(name, stated) for name, stated in space.items()}


_over: Event


def _remember(over: Event) -> None:
    global _over
    _over = over


if __name__ == "__main__":
    run(search)
