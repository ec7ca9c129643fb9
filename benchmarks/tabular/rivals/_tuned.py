"""Tuning by Optuna's TPE on validation rows, against the clock; the best is trained on all rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.tabular._base import Job
from benchmarks.tabular.measures import measure
from benchmarks.tabular.rows import Rows

if TYPE_CHECKING:
    import optuna
    import pandas as pd

PATIENCE = 50
MOST_ROUNDS = 5_000


@dataclass(frozen=True)
class Fitted:
    """A trained model: how it predicts frames, and after how many trees it did best."""

    predict: Callable[[pd.DataFrame], np.ndarray]
    trees: int


@dataclass(frozen=True)
class Work:
    """What a method is to train.

    Args:
        params: besides the method's defaults.
        training, validation: indices of rows; without validation it trains ``trees`` trees.
        deadline: by ``time.monotonic``, after which training ends as it is.
    """

    rows: Rows
    seed: int
    params: dict[str, Any]
    training: np.ndarray
    validation: np.ndarray | None = None
    trees: int | None = None
    deadline: float = float("inf")

    def late(self) -> bool:
        """Return whether training has to end."""
        return time.monotonic() > self.deadline


Train = Callable[[Work], Fitted]
Space = Callable[["optuna.Trial"], dict[str, Any]]


def learn(job: Job, train: Train, space: Space) -> np.ndarray:
    """Train with the defaults, or tune for the seconds that the job states."""
    began = time.monotonic()
    rows = job.rows()
    everything = np.arange(len(rows.y))
    if job.seconds is None:
        work = Work(rows, job.seed, {}, everything)
    else:
        work = _best(job, rows, train, space, began + job.seconds)
    return train(work).predict(rows.test_x)


def _best(job: Job, rows: Rows, train: Train, space: Space, deadline: float) -> Work:
    """Search as long as there is time to train the best again; the first trial is the defaults.

    Raises:
        RuntimeError: no trial has ended.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    training, validation = rows.held_out(job.seed)
    truth = rows.y[validation]
    if rows.classes:
        truth = np.array(rows.classes)[truth]

    def objective(trial: optuna.Trial) -> float:
        started = time.monotonic()
        params = space(trial) if trial.number else {}
        work = Work(rows, job.seed, params, training, validation, deadline=deadline)
        fitted = train(work)
        found = fitted.predict(rows.x.iloc[validation])
        trial.set_user_attr("params", params)
        trial.set_user_attr("trees", fitted.trees)
        trial.set_user_attr("seconds", time.monotonic() - started)
        return measure(rows.kind, rows.classes, truth, found).error

    def stop_in_time(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        # With all rows it takes a quarter longer.
        if time.monotonic() + 1.25 * study.best_trial.user_attrs["seconds"] > deadline:
            study.stop()

    sampler = optuna.samplers.TPESampler(seed=job.seed, multivariate=True)
    study = optuna.create_study(sampler=sampler)
    study.optimize(objective, callbacks=[stop_in_time])
    best = study.best_trial.user_attrs
    everything = np.arange(len(rows.y))
    return Work(rows, job.seed, best["params"], everything, trees=max(1, best["trees"]))
