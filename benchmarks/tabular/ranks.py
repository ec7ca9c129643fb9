"""Mean ranks over sets, and how far they tell contestants apart: Demšar, JMLR 7 (2006)."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

Errors = dict[str, dict[str, float]]
"""By set and title of a contestant."""


def ranks(errors: Errors) -> dict[str, float]:
    """Return the mean rank of each contestant, from 1; equal errors share a rank."""
    titles = list(next(iter(errors.values())))
    table = np.array([[by_title[title] for title in titles] for by_title in errors.values()])
    below = (table[:, None, :] < table[:, :, None]).sum(axis=2)
    equal = (table[:, None, :] == table[:, :, None]).sum(axis=2)
    means = (below + (equal + 1) / 2).mean(axis=0)
    return dict(zip(titles, means.tolist(), strict=True))


def critical_difference(contestants: int, sets: int) -> float:
    """Return by how much mean ranks differ that are not equal, with 95 % certainty.

    By Nemenyi's test.
    """
    from scipy.stats import studentized_range

    q = studentized_range.ppf(0.95, contestants, np.inf) / sqrt(2)
    return float(q * sqrt(contestants * (contestants + 1) / (6 * sets)))


def friedman(errors: Errors) -> float:
    """Return the chance of ranks as uneven as these, if all contestants were equal."""
    from scipy.stats import friedmanchisquare

    titles = list(next(iter(errors.values())))
    columns = [[by_title[title] for by_title in errors.values()] for title in titles]
    return float(friedmanchisquare(*columns).pvalue)


def joined(ranks: Sequence[float], difference: float) -> list[tuple[int, int]]:
    """Return the largest runs of ranks that lie within a difference, by first and last place.

    Args:
        ranks: the least first.
    """
    found: list[tuple[int, int]] = []
    for first, rank in enumerate(ranks):
        last = max(i for i, other in enumerate(ranks) if other - rank <= difference)
        if last > first and (not found or last > found[-1][1]):
            found.append((first, last))
    return found
