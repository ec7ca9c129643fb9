"""How the partitions of a dataset are shared out among the folds of cross-validation.

No row is copied for it: the rows of a fold are some of the partitions, and the network of that fold
visits the others. Without folds a configuration has one network, which is that of fold 0 and is
trained on all partitions. With folds the network of fold 0 is its *refit*: trained on all of them,
once the folds have been measured, and measured on none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Folds:
    """The folds of a dataset, counted from 1.

    Args:
        partitions: number of partitions, which count from 0.
        count: number of folds; 0: there are none.
        forward: partitions are in the order of time, and the network of a fold is trained on those
            before it only. Those before the first fold are measured by no network.
    """

    partitions: int
    count: int = 0
    forward: bool = False

    @cached_property
    def networks(self) -> tuple[int, ...]:
        """The folds of which a configuration has a network each."""
        return tuple(range(1, self.count + 1)) or (0,)

    def refits(self, fold: int) -> bool:
        """Return whether the network of a fold, or of 0, is a configuration's refit."""
        return bool(self.count) and not fold

    def of(self, partition: int) -> int:
        """Return the fold of a partition, 0 for none."""
        if not self.count:
            return 0
        if self.forward:
            return partition * (self.count + 1) // self.partitions
        return partition % self.count + 1

    def measured(self, fold: int) -> tuple[int, ...]:
        """Return the partitions whose rows a fold's network is measured on, after an epoch."""
        return tuple(p for p in range(self.partitions) if fold and self.of(p) == fold)

    def trained(self, fold: int) -> tuple[int, ...]:
        """Return the partitions on which a fold's network is trained."""
        return tuple(p for p in range(self.partitions) if self._trains(fold, self.of(p)))

    def steps(self, fold: int) -> int:
        """Return how many units an epoch of a fold's network has."""
        return self._steps[fold]

    @cached_property
    def hops(self) -> int:
        """How many units an epoch of a configuration has, all its networks together."""
        return sum(self._steps[fold] for fold in self.networks)

    def share(self, units: int, fold: int) -> int:
        """Return a network's part of so many units of a configuration.

        Where there are folds, these are whole epochs.
        """
        return units * self.steps(fold) // self.hops if fold or not self.count else 0

    @cached_property
    def _steps(self) -> dict[int, int]:
        return {
            fold: len(self.trained(fold)) + len(self.measured(fold)) for fold in (0, *self.networks)
        }

    def _trains(self, fold: int, other: int) -> bool:
        if not fold:
            return True
        return other < fold if self.forward else other != fold
