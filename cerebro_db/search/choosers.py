"""Who chooses the values of a candidate: chance, a sampler, or who wants to see each value once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cerebro_db.search.dimensions import Branch, Option, Place
from cerebro_db.search.dimensions.choice import picked


class Chooser(ABC):
    """Chooses, dimension by dimension."""

    @abstractmethod
    def branch(self, branches: tuple[Branch, ...], label: str) -> Branch:
        """Return one of the branches."""

    @abstractmethod
    def option(self, place: Place) -> Option:
        """Return a value of a dimension."""


@dataclass(frozen=True)
class Drawing(Chooser):
    generator: Random

    def branch(self, branches: tuple[Branch, ...], label: str) -> Branch:
        return branches[0] if len(branches) == 1 else self.generator.choice(branches)

    def option(self, place: Place) -> Option:
        return place.dimension.draw(self.generator)


@dataclass(frozen=True)
class Suggesting(Chooser):
    trial: Any

    def branch(self, branches: tuple[Branch, ...], label: str) -> Branch:
        return branches[picked(self.trial, label, len(branches))]

    def option(self, place: Place) -> Option:
        return place.dimension.suggest(self.trial, place.label)


@dataclass
class Covering(Chooser):
    """Takes the branch, and the value, that it took least often."""

    learns: bool = False
    taken: Counter[tuple[str, int]] = field(default_factory=Counter)
    generator: Random = field(default_factory=lambda: Random(0))

    def branch(self, branches: tuple[Branch, ...], label: str) -> Branch:
        return branches[self._least(label, len(branches))]

    def option(self, place: Place) -> Option:
        options = place.dimension.options
        if not options:
            return place.dimension.draw(self.generator)
        return options[self._least(place.label, len(options))]

    def _least(self, label: str, count: int) -> int:
        least = min(range(count), key=lambda number: self.taken[label, number])
        self.learns |= not self.taken[label, least]
        self.taken[label, least] += 1
        return least
