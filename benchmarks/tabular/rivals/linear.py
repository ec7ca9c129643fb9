"""Logistic regression, or ridge regression with a penalty chosen by leaving one row out."""

from __future__ import annotations

import numpy as np

from benchmarks.tabular._base import Job, run
from benchmarks.tabular.rivals._dense import encoded


def learn(job: Job) -> np.ndarray:
    """Train, and predict the test rows."""
    from sklearn.linear_model import LogisticRegression, RidgeCV

    rows = job.rows()
    x, test_x = encoded(rows)
    if rows.classes:
        return LogisticRegression(max_iter=1000).fit(x, rows.y).predict_proba(test_x)
    return RidgeCV(np.logspace(-2, 4, 13)).fit(x, rows.y).predict(test_x)


if __name__ == "__main__":
    run(learn)
