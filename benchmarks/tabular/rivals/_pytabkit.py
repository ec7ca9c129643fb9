"""What pytabkit's two methods share: the defaults, one network, a fifth of the rows to validate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.tabular._base import THREADS, Job

if TYPE_CHECKING:
    import pandas as pd


def learn(job: Job, method: str) -> np.ndarray:
    """Train the class of pytabkit of this name, and predict the test rows."""
    import pytabkit

    rows = job.rows()
    kind: Any = getattr(pytabkit, f"{method}_{'Classifier' if rows.classes else 'Regressor'}")
    model = kind(device="cpu", n_threads=THREADS, random_state=job.seed)
    means = rows.x.mean(numeric_only=True)
    test_x = _whole(rows.test_x, rows.x, means)
    model.fit(_whole(rows.x, rows.x, means), rows.y, cat_col_names=rows.categories)
    return model.predict_proba(test_x) if rows.classes else model.predict(test_x).ravel()


def _whole(frame: pd.DataFrame, training: pd.DataFrame, means: pd.Series[float]) -> pd.DataFrame:
    """Return it with the mean where a number is missing, which a column says: it takes no other."""
    missing = [name for name in means.index if training[name].hasnans]
    marks = {f"{name} is missing": frame[name].isna().astype(float) for name in missing}
    return frame.fillna(means.to_dict()).assign(**marks)
