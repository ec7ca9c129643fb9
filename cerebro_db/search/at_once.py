"""Methods that learn nothing from results: all candidates begin at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from cerebro_db.search._base import Candidate, Decision, Search, Start, Terms


class AllAtOnce(Search):
    """Proposes all candidates when it begins, and lets each train to its end.

    A budget of epochs in all goes round: each trial gets its first epoch before any gets a second.
    """

    def __init__(self, terms: Terms, options: dict[str, Any]) -> None:
        super().__init__(terms, options)
        self._all = self._params()

    @abstractmethod
    def _params(self) -> list[dict[str, Any]]:
        """Return the values of all candidates; raise what speaks against the options."""

    def begin(self) -> Sequence[Decision]:
        """Return all of them."""
        return [
            Start(Candidate(params, epochs, epochs))
            for params, epochs in zip(self._all, self._budgets(), strict=True)
            if epochs
        ]

    def _budgets(self) -> list[int]:
        count, epochs = len(self._all), self.terms.epochs
        if self.terms.budget is None:
            return [epochs] * count
        rounds, rest = divmod(self.terms.budget, count)
        return [min(epochs, rounds + (trial < rest)) for trial in range(count)]
