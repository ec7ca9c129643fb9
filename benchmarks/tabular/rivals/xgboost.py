"""XGBoost: its defaults with categories as they are, 100 trees; or tuned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.tabular._base import THREADS, Job, run
from benchmarks.tabular.rivals import _tuned
from benchmarks.tabular.rivals._tuned import MOST_ROUNDS, PATIENCE, Fitted, Work

if TYPE_CHECKING:
    import optuna

_METRICS = {"binary": "auc", "multiclass": "mlogloss", "regression": "rmse"}


def learn(job: Job) -> np.ndarray:
    """Train, and predict the test rows."""
    return _tuned.learn(job, train, space)


def train(work: Work) -> Fitted:
    """Train one model."""
    import xgboost

    class InTime(xgboost.callback.TrainingCallback):
        """Ends training when it is late."""

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            return work.late()

    rows = work.rows
    kind = xgboost.XGBClassifier if rows.classes else xgboost.XGBRegressor
    params: dict[str, Any] = dict(work.params)
    more: dict[str, Any] = {}
    if work.validation is not None:
        params |= {"n_estimators": MOST_ROUNDS, "early_stopping_rounds": PATIENCE}
        params |= {"callbacks": [InTime()], "eval_metric": _METRICS[rows.kind]}
        more["eval_set"] = [(rows.x.iloc[work.validation], rows.y[work.validation])]
        more["verbose"] = False
    elif work.trees is not None:
        params["n_estimators"] = work.trees
    model = kind(n_jobs=THREADS, random_state=work.seed, enable_categorical=True, **params)
    model.fit(rows.x.iloc[work.training], rows.y[work.training], **more)
    predict = model.predict_proba if rows.classes else model.predict
    return Fitted(predict, 0 if work.validation is None else model.best_iteration + 1)


def space(trial: optuna.Trial) -> dict[str, Any]:
    """Draw a trial."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.005, 0.3, log=True),
        "max_depth": trial.suggest_int("max_depth", 3, 10),
        "min_child_weight": trial.suggest_float("min_child_weight", 1e-2, 100.0, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.4, 1.0),
        "reg_alpha": trial.suggest_float("reg_alpha", 1e-4, 10.0, log=True),
        "reg_lambda": trial.suggest_float("reg_lambda", 1e-4, 10.0, log=True),
        "max_cat_to_onehot": trial.suggest_int("max_cat_to_onehot", 1, 64, log=True),
    }


if __name__ == "__main__":
    run(learn)
