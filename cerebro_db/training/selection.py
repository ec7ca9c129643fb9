"""Which configurations predict better together than each alone. numpy only.

Ensemble selection from libraries of models, with replacement: R. Caruana, A. Niculescu-Mizil,
G. Crew and A. Ksikes, ICML 2004.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

# Members are drawn so often at most, some several times: weights are multiples of 1 / draws.
DRAWS = 20
# Draws that may follow each other without a gain.
_PATIENCE = 5


def select(
    predictions: Sequence[np.ndarray],
    score: Callable[[np.ndarray], float],
    most: int,
    draws: int = DRAWS,
) -> dict[int, float]:
    """Return the weights, which come to 1, of the predictions whose mean scores best.

    Each draw adds the one that helps the mean of all drawn so far most, the first of several; what
    counts in the end is the best mean on the way. So that is never worse than the best alone, which
    is drawn first; where no mean is better, that one alone is returned.

    Args:
        predictions: of each candidate, all of the same shape.
        score: of predictions; higher is better, NaN is worst.
        most: how many different ones there may be, 1 or more.
        draws: how many to draw at most.
    """
    drawn: Counter[int] = Counter()
    total = np.zeros(predictions[0].shape, np.float64)
    best, best_score, since = {0: 1.0}, -np.inf, 0
    for draw in range(1, draws + 1):
        allowed = drawn if len(drawn) == most else range(len(predictions))
        scores = {one: _known(score((total + predictions[one]) / draw)) for one in sorted(allowed)}
        chosen = max(scores, key=scores.__getitem__)
        drawn[chosen] += 1
        total += predictions[chosen]
        if scores[chosen] > best_score:
            best_score, since = scores[chosen], 0
            best = {one: times / draw for one, times in sorted(drawn.items())}
        else:
            since += 1
        if since == _PATIENCE:
            break
    return best


def _known(score: float) -> float:
    return -np.inf if np.isnan(score) else score
