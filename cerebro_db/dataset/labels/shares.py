"""How many rows of each class are held out for validation: as near as can be to the same share."""

from __future__ import annotations

import math
from collections.abc import Mapping


def held_out(rows: Mapping[str, int], fraction: float) -> dict[str, int]:
    """Return how many rows of each class to hold out; together about that fraction of all rows.

    Each class with two rows or more has some on both sides, one with a single row is trained on.
    What is left over by rounding goes to the classes with the largest remainders, by name where
    these are equal (the method of Hamilton).
    """
    exact = {label: fraction * count for label, count in rows.items()}
    found = {label: math.floor(share) for label, share in exact.items()}
    left = round(fraction * sum(rows.values())) - sum(found.values())
    by_remainder = sorted(rows, key=lambda label: (found[label] - exact[label], label))
    for label in by_remainder[: max(left, 0)]:
        found[label] += 1
    return {
        label: min(max(found[label], min(count - 1, 1)), count - 1) for label, count in rows.items()
    }
