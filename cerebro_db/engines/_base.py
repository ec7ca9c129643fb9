"""What the planner may ask of a place where units run. Read this before any engine.

An engine owns the workers of one run. A worker trains one unit at a time; the engine takes the
state to the partition, trains there and commits state, metrics and the unit's row in one
transaction. It never decides what runs next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Unit:
    """One sub-epoch of one configuration on one partition: the atom of work and of commit.

    Epochs count from 1, partitions and positions from 0; ``position`` is the partition's place in
    this configuration's order of the epoch, so 0 starts an epoch and ``last`` ends it.
    """

    config: int
    epoch: int
    partition: int
    position: int
    last: bool


@dataclass(frozen=True)
class Slot:
    """A worker that is free, the partitions that it can reach, and those in its cache."""

    worker: int
    reachable: frozenset[int]
    cached: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """How a unit ended: with metrics (committed), with the error that undid it, or lost.

    A lost unit left nothing behind: its worker died, and another one may do it.
    """

    unit: Unit
    worker: int
    rows: int = 0
    training: dict[str, float] | None = None
    validation: dict[str, float] | None = None
    error: str | None = None
    lost: bool = False


class Engine(Protocol):
    """Runs units; ``workers`` is how many it can run at once."""

    @property
    def workers(self) -> int:
        """Return the number of workers."""

    def free(self) -> Sequence[Slot]:
        """Return the workers that could start a unit now."""

    def start(self, worker: int, unit: Unit) -> None:
        """Begin a unit on a free worker and return at once."""

    def wait(self) -> Iterable[Outcome]:
        """Block until units have ended, and return how. Raises what cancels the caller."""

    def cancel(self) -> None:
        """Stop all units in flight; each is undone, and all workers are quiet on return."""
