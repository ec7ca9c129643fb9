"""Frames as matrices, for methods that know only numbers: numbers standard, texts one-hot."""

from __future__ import annotations

import numpy as np

from benchmarks.tabular.rows import Rows

# A text in fewer rows is one of the rare ones.
_LEAST_ROWS = 20


def encoded(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return training and test rows as float32 (rows, width), by what the training rows say.

    A number that is missing is the mean, and a column says so. A text that is missing is a text.
    """
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [name for name in rows.x.columns if name not in rows.categories]
    encode = make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), numbers),
        (
            OneHotEncoder(
                handle_unknown="infrequent_if_exist",
                min_frequency=_LEAST_ROWS,
                sparse_output=False,
                dtype=np.float32,
            ),
            rows.categories,
        ),
    )
    x = encode.fit_transform(rows.x.astype(dict.fromkeys(rows.categories, object)))
    test_x = encode.transform(rows.test_x.astype(dict.fromkeys(rows.categories, object)))
    return x.astype(np.float32), test_x.astype(np.float32)
