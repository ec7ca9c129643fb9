"""LightGBM: its defaults, 100 trees; or tuned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.tabular._base import THREADS, Job, run
from benchmarks.tabular.rivals import _tuned
from benchmarks.tabular.rivals._tuned import MOST_ROUNDS, PATIENCE, Fitted, Work

if TYPE_CHECKING:
    import optuna


def learn(job: Job) -> np.ndarray:
    """Train, and predict the test rows."""
    return _tuned.learn(job, train, space)


def train(work: Work) -> Fitted:
    """Train one model; categorical columns are what it takes for categorical itself."""
    import lightgbm

    rows = work.rows
    classifier = lightgbm.LGBMClassifier if rows.classes else lightgbm.LGBMRegressor
    more: dict[str, Any] = {}
    trees = work.trees
    if work.validation is not None:
        trees = MOST_ROUNDS
        more["eval_set"] = [(rows.x.iloc[work.validation], rows.y[work.validation])]
        more["callbacks"] = [lightgbm.early_stopping(PATIENCE, verbose=False), _in_time(work)]
        if rows.kind == "binary":
            more["eval_metric"] = "auc"
    params = work.params | ({} if trees is None else {"n_estimators": trees})
    model = classifier(n_jobs=THREADS, random_state=work.seed, verbose=-1, **params)
    model.fit(rows.x.iloc[work.training], rows.y[work.training], **more)
    predict = model.predict_proba if rows.classes else model.predict
    return Fitted(predict, model.best_iteration_ or trees or model.n_estimators)


def space(trial: optuna.Trial) -> dict[str, Any]:
    """Draw a trial."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.005, 0.2, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 4, 256, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 2, 100, log=True),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.4, 1.0),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "subsample_freq": 1,
        "reg_alpha": trial.suggest_float("reg_alpha", 1e-4, 10.0, log=True),
        "reg_lambda": trial.suggest_float("reg_lambda", 1e-4, 10.0, log=True),
        "cat_smooth": trial.suggest_float("cat_smooth", 1.0, 100.0, log=True),
    }


def _in_time(work: Work) -> Any:
    from lightgbm.callback import CallbackEnv, EarlyStopException

    def stop(env: CallbackEnv) -> None:
        if work.late():
            raise EarlyStopException(env.iteration, env.evaluation_result_list)

    return stop


if __name__ == "__main__":
    run(learn)
