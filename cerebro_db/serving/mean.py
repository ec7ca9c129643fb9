"""The mean of what several networks predict, as one predictor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cerebro_db.tensors import Tensors
from cerebro_db.training import Predictor


def mean_of(predictors: Sequence[Predictor], weights: Sequence[float]) -> Predictor:
    """Return what predicts the weighted mean of probabilities, or of values.

    Args:
        predictors: one or more, all of them for the same inputs and output.
        weights: of each; they come to 1.
    """
    return predictors[0] if len(predictors) == 1 else _Mean(predictors, weights)


class _Mean:
    """See ``training.Predictor``."""

    def __init__(self, predictors: Sequence[Predictor], weights: Sequence[float]) -> None:
        # Sums of float32 could come to more than 1.
        self._members = list(zip(predictors, map(np.float64, weights), strict=True))

    def predict(self, inputs: Tensors) -> np.ndarray:
        """Return (rows, ...) of predictions, of the type that the members have."""
        (first, weight), *others = self._members
        found = first.predict(inputs)
        total = found * weight
        for predictor, weight in others:
            total += predictor.predict(inputs) * weight
        return total.astype(found.dtype, copy=False)
