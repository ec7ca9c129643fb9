"""scikit-learn's HistGradientBoosting: its defaults, which stop early above 10,000 rows."""

from __future__ import annotations

import numpy as np

from benchmarks.tabular._base import Job, run

# It takes no categorical column of more values.
_MOST_CATEGORIES = 255


def learn(job: Job) -> np.ndarray:
    """Train, and predict the test rows."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    rows = job.rows()
    x, test_x = rows.x.copy(), rows.test_x.copy()
    for name in rows.categories:
        if x[name].cat.categories.size > _MOST_CATEGORIES:
            # Numbers in the order of the alphabet.
            x[name], test_x[name] = x[name].cat.codes, test_x[name].cat.codes
    kind = HistGradientBoostingClassifier if rows.classes else HistGradientBoostingRegressor
    model = kind(categorical_features="from_dtype", random_state=job.seed).fit(x, rows.y)
    return model.predict_proba(test_x) if rows.classes else model.predict(test_x)


if __name__ == "__main__":
    run(learn)
