"""Successive halving (Jamieson and Talwalkar, AISTATS 2016; one bracket of Hyperband)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from cerebro_db.search._base import Decision, Ended, Measured, Result, Search, Terms
from cerebro_db.search.bounds import check_count
from cerebro_db.search.bracket import Bracket
from cerebro_db.search.ladder import Ladder
from cerebro_db.search.options import whole
from cerebro_db.search.samplers import RandomSampler, drawn


class Halving(Search):
    """Starts ``configs`` trials; one in ``eta`` of a rung goes on to the next, one to the end.

    With a budget of epochs in all, fewer trials start.
    """

    OPTIONS: ClassVar[tuple[str, ...]] = ("configs", *Ladder.OPTIONS)
    COMPARES: ClassVar[bool] = True

    def __init__(self, terms: Terms, options: dict[str, Any]) -> None:
        super().__init__(terms, options)
        ladder = Ladder.of(options, terms.epochs, terms.budget)
        configs = whole(options, "configs", ladder.configs)
        check_count(configs, terms.space, Ladder.FEWER)
        (rungs,) = ladder.within([ladder.halving(configs)], terms.budget)
        self._bracket = Bracket(rungs)

    def begin(self) -> Sequence[Decision]:
        """Return the trials of the lowest rung."""
        terms, numbers = self.terms, range(1, self._bracket.room + 1)
        params = drawn(RandomSampler(terms.space, terms.seed, terms.poll), numbers)
        return self._bracket.begin(dict(zip(numbers, params, strict=False)))

    def tell(self, result: Result) -> Sequence[Decision]:
        """Decide a rung when the last of its trials is there, or has ended."""
        if isinstance(result, Measured):
            return self._bracket.measured(result)
        return self._bracket.ended(result.trial) if isinstance(result, Ended) else ()
