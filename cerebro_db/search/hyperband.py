"""Hyperband (Li et al., JMLR 18, 2018), and with a sampler that learns BOHB's idea (Falkner et al.,
ICML 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from cerebro_db.search._base import Brought, Decision, Measured, Result, Search, Terms
from cerebro_db.search.bounds import check_count
from cerebro_db.search.bracket import Bracket
from cerebro_db.search.ladder import Ladder
from cerebro_db.search.numbers import Numbers
from cerebro_db.search.samplers import drawn, sampler_of


class Hyperband(Search):
    """Brackets of successive halving, from many trials that begin low to few that go all the way.

    All brackets run at once if candidates are drawn at random. Where a sampler learns, they follow
    one another so that what each may know depends on inputs alone: the n-th, from 0, is drawn when
    of each one before it, the m-th, the first n - m rungs are decided, from which the sampler has
    learned then.

    With a budget of epochs in all, each bracket has fewer trials, in proportion.
    """

    OPTIONS: ClassVar[tuple[str, ...]] = (*Ladder.OPTIONS, "sampler")
    COMPARES: ClassVar[bool] = True

    def __init__(self, terms: Terms, options: dict[str, Any]) -> None:
        super().__init__(terms, options)
        ladder = Ladder.of(options, terms.epochs, terms.budget)
        plans = ladder.within(ladder.hyperband(), terms.budget)
        check_count(sum(plan[0].trials for plan in plans if plan), terms.space, Ladder.FEWER)
        self._brackets = [
            Bracket(plan, number, f" of bracket {number}")
            for number, plan in zip(range(len(plans) - 1, -1, -1), plans, strict=True)
            if plan
        ]
        self._sampler = sampler_of(options, terms)
        self._drawn = 0
        self._learned: set[tuple[int, int]] = set()
        self._numbers = Numbers()
        self._of: dict[int, Bracket] = {}

    def begin(self) -> Sequence[Decision]:
        """Return the trials of all brackets, or of the first, see there."""
        return self._draw()

    def tell(self, result: Result) -> Sequence[Decision]:
        """Decide a rung when the last of its trials is there, or has ended."""
        if isinstance(result, Brought):
            self._numbers.take()
            return ()
        bracket = self._of.get(result.trial)
        if bracket is None:
            return ()
        before = len(bracket.decided)
        if isinstance(result, Measured):
            decisions = bracket.measured(result)
        else:
            decisions = bracket.ended(result.trial)
        if len(bracket.decided) > before:
            decisions += self._draw()
        return decisions

    def _draw(self) -> list[Decision]:
        """Return the starts of the brackets that can be drawn now."""
        decisions: list[Decision] = []
        while self._drawn < len(self._brackets) and self._may_draw():
            bracket, first = self._brackets[self._drawn], self._numbers.next
            params = drawn(self._sampler, range(first, first + bracket.room))
            trials = {self._numbers.take(): values for values in params}
            self._of.update(dict.fromkeys(trials, bracket))
            decisions += bracket.begin(trials)
            self._drawn += 1
        return decisions

    def _may_draw(self) -> bool:
        """Return whether what the next bracket may know is there; the sampler learns it then."""
        if not self._sampler.LEARNS:
            return True
        before = self._brackets[: self._drawn]
        needed = [
            (place, rung)
            for place, bracket in enumerate(before)
            for rung in range(min(self._drawn - place, bracket.height))
        ]
        if any(rung >= len(self._brackets[place].decided) for place, rung in needed):
            return False
        for place, rung in needed:
            if (place, rung) not in self._learned:
                self._learned.add((place, rung))
                self._learn(before[place], rung)
        return True

    def _learn(self, bracket: Bracket, rung: int) -> None:
        for standing in bracket.decided[rung]:
            if standing.value is None:
                self._sampler.fail(standing.trial)
            else:
                through = rung + 1 == bracket.height
                self._sampler.learn(standing.trial, standing.epoch, standing.value, through)
