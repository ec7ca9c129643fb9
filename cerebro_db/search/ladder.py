"""The rungs that successive halving climbs: how many trials train up to which epoch.

Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR 18, 2018.
All of it is integer arithmetic, which is exact: log(243, 3) is 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from cerebro_db.search.options import whole, wrong

# Where a ladder is low, eta ** height are too few to choose from.
_LEAST_CONFIGS = 20


@dataclass(frozen=True)
class Rung:
    """So many trials train until they have done so many epochs; the best go on to the next rung."""

    trials: int
    epochs: int


@dataclass(frozen=True)
class Ladder:
    """How rungs follow one another.

    Args:
        eta: one in so many goes on.
        least: epochs before a first decision, at least.
        most: epochs of those that go all the way.
    """

    eta: int
    least: int
    most: int

    OPTIONS: ClassVar[tuple[str, ...]] = ("eta", "min_epochs")
    FEWER: ClassVar[str] = (
        'Let each train longer before it is judged, as in "min_epochs": 10, or try fewer.'
    )
    """What to do where the trials are too many."""

    @classmethod
    def of(cls, options: dict[str, object], epochs: int, budget: int | None) -> Ladder:
        """Return the ladder up to ``epochs``, or as far as a budget in all lets one trial come.

        Raises:
            InvalidArgument: "eta" or "min_epochs" makes no sense.
        """
        eta = whole(options, "eta", 3, least=2)
        least = whole(options, "min_epochs", 1)
        if least > epochs:
            raise wrong(
                options, "min_epochs", f"{epochs} at most, as a trial has no more epochs", 1
            )
        most = epochs if budget is None else min(epochs, budget)
        return cls(eta, min(least, most), most)

    @property
    def height(self) -> int:
        """How often one in ``eta`` can go on: the paper's s_max, log(most / least, eta)."""
        height = 0
        while self.least * self.eta ** (height + 1) <= self.most:
            height += 1
        return height

    @property
    def configs(self) -> int:
        """How many trials a method begins with that is not told: so that one comes to the top."""
        return max(_LEAST_CONFIGS, self.eta**self.height)

    def bracket(self, trials: int, height: int) -> tuple[Rung, ...]:
        """Return the rungs of so many trials, with ``height`` decisions between them."""
        return tuple(
            Rung(max(1, trials // self.eta**rung), self.most // self.eta ** (height - rung))
            for rung in range(height + 1)
        )

    def halving(self, trials: int) -> tuple[Rung, ...]:
        """Return the rungs of so many trials: no more than one of them comes to the top of."""
        height = 0
        while height < self.height and self.eta ** (height + 1) <= trials:
            height += 1
        return self.bracket(trials, height)

    def hyperband(self) -> list[tuple[Rung, ...]]:
        """Return the rungs of each bracket; the first has the most trials and begins the lowest."""
        top = self.height
        return [
            # Rounded up: (top + 1) / (height + 1) * eta ** height.
            self.bracket(-(-(top + 1) * self.eta**height // (height + 1)), height)
            for height in range(top, -1, -1)
        ]

    def within(
        self, brackets: Sequence[tuple[Rung, ...]], budget: int | None
    ) -> list[tuple[Rung, ...]]:
        """Return the brackets with fewer trials each, in proportion, so that a budget is enough.

        A bracket that nothing is left for is empty. What one cannot use goes to those after it.
        """
        wanted = [cost(bracket) for bracket in brackets]
        if budget is None or sum(wanted) <= budget:
            return list(brackets)
        found = []
        for place, bracket in enumerate(brackets):
            bracket = self._within(bracket, budget * wanted[place] // sum(wanted[place:]))
            budget -= cost(bracket)
            found.append(bracket)
        return found

    def _within(self, bracket: tuple[Rung, ...], budget: int) -> tuple[Rung, ...]:
        fits, exceeds = 0, bracket[0].trials + 1
        while exceeds - fits > 1:
            trials = (fits + exceeds) // 2
            if cost(self.bracket(trials, len(bracket) - 1)) <= budget:
                fits = trials
            else:
                exceeds = trials
        return self.bracket(fits, len(bracket) - 1) if fits else ()


def cost(bracket: Sequence[Rung]) -> int:
    """Return how many epochs the trials of a bracket train in all."""
    steps = pairwise((Rung(0, 0), *bracket))
    return sum(rung.trials * (rung.epochs - before.epochs) for before, rung in steps)
