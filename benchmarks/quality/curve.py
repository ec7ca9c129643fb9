"""What a search has reached when: the epochs of all its trials, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# How much larger than the reference's best error an error may be that counts as good.
TOLERANCE = 0.005


@dataclass(frozen=True)
class Point:
    """A trial has done an epoch.

    Args:
        at: seconds since 1970.
        error: of the validation rows: the smaller the better, and above 0.
    """

    at: float
    trial: int
    epoch: int
    error: float


@dataclass(frozen=True)
class Reached:
    """How much it took: seconds since the contestant began, and epochs of all trials together."""

    seconds: float
    epochs: int


def best(points: Sequence[Point]) -> float:
    """Return the least error; infinity where there is no epoch."""
    return min((point.error for point in points), default=float("inf"))


def target(reference: Sequence[Point]) -> float:
    """Return the error that is good enough, by the points of the search that sets the standard."""
    return best(reference) * (1 + TOLERANCE)


def reached(points: Sequence[Point], began: float, good: float) -> Reached | None:
    """Return what it took to an error of at most ``good``; None where no trial comes so far."""
    for epochs, point in enumerate(sorted(points, key=lambda point: point.at), start=1):
        if point.error <= good:
            return Reached(point.at - began, epochs)
    return None
