"""CatBoost: its defaults with categories as they are, 1,000 trees; or tuned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.tabular._base import THREADS, Job, run
from benchmarks.tabular.rivals import _tuned
from benchmarks.tabular.rivals._tuned import MOST_ROUNDS, PATIENCE, Fitted, Work

if TYPE_CHECKING:
    import optuna
    import pandas as pd

_METRICS = {"binary": "AUC", "multiclass": "MultiClass", "regression": "RMSE"}


def learn(job: Job) -> np.ndarray:
    """Train, and predict the test rows."""
    return _tuned.learn(job, train, space)


def train(work: Work) -> Fitted:
    """Train one model."""
    import catboost

    class InTime:
        """Ends training when it is late."""

        def after_iteration(self, info: Any) -> bool:
            return not work.late()

    rows = work.rows
    kind = catboost.CatBoostClassifier if rows.classes else catboost.CatBoostRegressor
    params: dict[str, Any] = dict(work.params)
    more: dict[str, Any] = {}
    if work.validation is not None:
        params |= {"iterations": MOST_ROUNDS, "eval_metric": _METRICS[rows.kind]}
        params["early_stopping_rounds"] = PATIENCE
        more["eval_set"] = (_texts(rows.x.iloc[work.validation]), rows.y[work.validation])
        more["callbacks"] = [InTime()]
    elif work.trees is not None:
        params["iterations"] = work.trees
    model = kind(
        thread_count=THREADS,
        random_seed=work.seed,
        cat_features=rows.categories,
        allow_writing_files=False,
        verbose=False,
        **params,
    )
    model.fit(_texts(rows.x.iloc[work.training]), rows.y[work.training], **more)
    predict = model.predict_proba if rows.classes else model.predict
    return Fitted(lambda frame: predict(_texts(frame)), model.tree_count_)


def space(trial: optuna.Trial) -> dict[str, Any]:
    """Draw a trial."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
        "depth": trial.suggest_int("depth", 4, 9),
        "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 0.5, 20.0, log=True),
        "random_strength": trial.suggest_float("random_strength", 0.1, 10.0, log=True),
        "bagging_temperature": trial.suggest_float("bagging_temperature", 0.0, 1.0),
        "one_hot_max_size": trial.suggest_int("one_hot_max_size", 2, 64, log=True),
    }


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return it with a text where a category is missing: it takes no other."""
    texts = {
        name: frame[name].astype(object).fillna("") for name in frame.select_dtypes("category")
    }
    return frame.assign(**texts)


if __name__ == "__main__":
    run(learn)
