"""Who runs: each a program of benchmarks.tabular.rivals."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Contestant:
    """A program, and how it is told to learn.

    Args:
        fit: named arguments of cerebro_fit, for ours.
        timed: it takes as long as it is told.
        seconds: how long, where it is timed.
    """

    module: str
    title: str
    fit: dict[str, Any] = field(default_factory=dict, hash=False)
    timed: bool = False
    seconds: float | None = None

    def within(self, seconds: float) -> Contestant:
        """Return it as it is told to take so many seconds, if it is timed."""
        if not self.timed:
            return self
        fit = {"search": {"seconds": seconds}} if self.module == OURS else {}
        title = f"{self.title} {seconds:g} s"
        return replace(self, title=title, fit=fit, seconds=seconds)


OURS = "in_database"


def _alone(family: str) -> dict[str, Any]:
    """Return arguments by which one configuration is trained: the family's defaults."""
    return {"model": {"family": family}, "space": {"batch_size": [256]}}


CONTESTANTS = {
    "ours": Contestant(OURS, "cerebro_fit, nothing stated"),
    "ours_realmlp": Contestant(OURS, "cerebro_fit, one realmlp", _alone("realmlp")),
    "ours_tabm": Contestant(OURS, "cerebro_fit, one tabm", _alone("tabm")),
    "lightgbm": Contestant("lightgbm", "LightGBM, defaults"),
    "xgboost": Contestant("xgboost", "XGBoost, defaults"),
    "catboost": Contestant("catboost", "CatBoost, defaults"),
    "hist_gradient_boosting": Contestant(
        "hist_gradient_boosting", "HistGradientBoosting, defaults"
    ),
    "realmlp": Contestant("realmlp", "RealMLP-TD, pytabkit"),
    "tabm": Contestant("tabm", "TabM-D, pytabkit"),
    "keras_optuna": Contestant("keras_optuna", "Keras + Optuna, 20 trials"),
    "linear": Contestant("linear", "logistic or ridge regression"),
    "ours_timed": Contestant(OURS, "cerebro_fit,", timed=True),
    "lightgbm_tuned": Contestant("lightgbm", "LightGBM, tuned", timed=True),
    "xgboost_tuned": Contestant("xgboost", "XGBoost, tuned", timed=True),
    "catboost_tuned": Contestant("catboost", "CatBoost, tuned", timed=True),
}

TWINS = {"ours_realmlp": "realmlp", "ours_tabm": "tabm"}
"""Ours of one family, and who trains the same elsewhere."""

TREES = ("lightgbm", "xgboost", "catboost", "hist_gradient_boosting")
TUNED = ("lightgbm_tuned", "xgboost_tuned", "catboost_tuned")


def ours(name: str, fit: dict[str, Any]) -> Contestant:
    """Return another of ours, by the arguments of cerebro_fit that it states."""
    return Contestant(OURS, f"cerebro_fit, {name}", fit)
