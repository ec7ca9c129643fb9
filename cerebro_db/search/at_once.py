"""Methods that learn nothing from results: all candidates begin at once."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, ClassVar

from cerebro_db.search._base import Candidate, Decision, Search, Start, Terms
from cerebro_db.search.epochs import epochs_of


class AllAtOnce(Search):
    """Proposes all candidates when it begins, and lets each train to its end.

    A budget of epochs in all goes round: each trial gets its first epoch before any gets a second.
    """

    TAKES_EPOCHS: ClassVar[bool] = True

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
        wanted = [epochs_of(params, self.terms) for params in self._all]
        budget = self.terms.budget
        if budget is None or budget >= sum(wanted):
            return wanted

        def spent(rounds: int) -> int:
            return sum(min(epochs, rounds) for epochs in wanted)

        # So many rounds can be paid in full; what is left goes to the first that want one more.
        rounds = bisect_right(range(max(wanted)), budget, key=spent) - 1
        rest = budget - spent(rounds)
        further = [trial for trial, epochs in enumerate(wanted) if epochs > rounds][:rest]
        given = [min(epochs, rounds) for epochs in wanted]
        for trial in further:
            given[trial] += 1
        return given
