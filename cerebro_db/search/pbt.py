"""Population based training (Jaderberg et al., arXiv:1711.09846, 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from random import Random
from typing import Any, ClassVar

from cerebro_db.errors import InvalidArgument
from cerebro_db.search._base import (
    Brought,
    Candidate,
    Decision,
    GoOn,
    Measured,
    Order,
    Result,
    Search,
    Start,
    Stop,
    Terms,
)
from cerebro_db.search.bounds import check_count
from cerebro_db.search.explore import explored, open_names
from cerebro_db.search.numbers import Numbers
from cerebro_db.search.options import share, whole
from cerebro_db.search.purse import Purse
from cerebro_db.search.samplers import RandomSampler, drawn
from cerebro_db.words import counted, ordinal

DEFAULT_CONFIGS = 10
# So many times a trial is judged, unless "interval" says otherwise.
_INTERVALS = 10


@dataclass
class _Member:
    """One of the population, with the last that it came to."""

    number: int
    params: dict[str, Any]
    until: int
    done: int
    value: float | None = None


class Pbt(Search):
    """Trains a population of ``configs``, each of which is judged every ``interval`` epochs.

    One among the worst ``quantile`` exploits one among the best: it is stopped, and a new trial
    goes on from the other's state, with values that are explored from the other's. So does one that
    diverges. None goes on from a state that is an interval, or more, behind the one that it
    replaces: therefore the search ends.

    With a budget of epochs in all, the population is as large as can train to its end.
    """

    OPTIONS: ClassVar[tuple[str, ...]] = ("configs", "interval", "quantile")
    COMPARES: ClassVar[bool] = True
    ORDERS: ClassVar[tuple[Order, ...]] = ("free",)

    def __init__(self, terms: Terms, options: dict[str, Any]) -> None:
        super().__init__(terms, options)
        self._names = open_names(terms.space, terms.mutable)
        # A space that is empty becomes the model's default one, once its data are known.
        if not self._names and any(terms.space.places()):
            raise InvalidArgument(
                "the space has nothing that a population could explore",
                detail="What goes on from another's state can have other rates and another "
                "batch_size, and nothing else. None of those that this model has is open.",
                hint='Search over one, as in {"learning_rate": {"log": [0.0001, 0.1]}}, or take '
                "hyperband.",
            )
        self._epochs = terms.epochs if terms.budget is None else min(terms.epochs, terms.budget)
        configs = whole(options, "configs", DEFAULT_CONFIGS, least=2)
        check_count(configs, terms.space)
        rooms = configs if terms.budget is None else terms.budget // self._epochs
        self._configs = min(configs, rooms)
        self._interval = whole(options, "interval", max(1, terms.epochs // _INTERVALS))
        self._quantile = share(options, "quantile", 0.25, most=0.5)
        self._generator = Random(f"cerebro_db pbt {terms.seed}")
        self._purse = Purse(terms.budget)
        self._numbers = Numbers()
        self._population: dict[int, _Member] = {}

    def begin(self) -> Sequence[Decision]:
        """Return the first population."""
        sampler = RandomSampler(self.terms.space, self.terms.seed, self.terms.poll)
        population = drawn(sampler, range(1, self._configs + 1))
        for _ in population:
            self._purse.take(self._ahead(0))
        return [self._start(params, 0) for params in population]

    def tell(self, result: Result) -> Sequence[Decision]:
        """Judge a trial that has done another interval; replace one that diverges."""
        if isinstance(result, Brought):
            self._numbers.take()
            return ()
        member = self._population.get(result.trial)
        if member is None:
            return ()
        if not isinstance(result, Measured):
            del self._population[member.number]
            # It may be in the midst of one epoch.
            self._purse.give_back(max(0, member.until - member.done - 1))
            return self._replaced(member) if result.how == "diverged" else ()
        member.done, member.value = result.epoch, result.value
        if member.done < member.until or member.done == self._epochs:
            return ()
        return self._judged(member)

    def _judged(self, member: _Member) -> list[Decision]:
        order = self._order()
        rank, few = order.index(member), self._few(order)
        place = f"{ordinal(rank + 1)} of {len(order)}"
        if rank >= len(order) - few:
            winner = self._winner(order[:few], member.done - self._interval)
            if winner is not None and self._purse.take(self._ahead(winner.done)):
                del self._population[member.number]
                why = (
                    f"exploits configuration {winner.number}: {self._shown(winner)} there is "
                    f"{ordinal(order.index(winner) + 1)}, {self._shown(member)} here {place}"
                )
                return [Stop(member.number, why), self._exploiting(winner)]
        epochs = self._ahead(member.done)
        if not self._purse.take(epochs):
            del self._population[member.number]
            budget = counted(self.terms.budget or 0, "epoch")
            return [Stop(member.number, f"the budget of {budget} is used up")]
        member.until += epochs
        return [GoOn(member.number, member.until, f"{self._shown(member)} is {place}")]

    def _replaced(self, member: _Member) -> list[Decision]:
        order = self._order()
        winner = self._winner(order[: max(1, self._few(order))], member.done)
        if winner is None or not self._purse.take(self._ahead(winner.done)):
            return []
        return [self._exploiting(winner)]

    def _winner(self, best: list[_Member], behind: int) -> _Member | None:
        """Return one of the best whose state is further than an epoch and can be gone on from."""
        able = [other for other in best if behind < other.done < self._epochs]
        return self._generator.choice(able) if able else None

    def _exploiting(self, winner: _Member) -> Start:
        params = explored(winner.params, self.terms.space, self._names, self._generator)
        changes = [
            f"{name} {winner.params[name]} -> {params[name]}"
            for name in sorted(self._names & params.keys())
            if params[name] != winner.params[name]
        ]
        epochs = counted(winner.done, "epoch")
        why = f"goes on from configuration {winner.number} after {epochs}"
        return self._start(params, winner.done, winner.number, ", ".join([why, *changes]))

    def _start(
        self, params: dict[str, Any], done: int, parent: int | None = None, why: str = ""
    ) -> Start:
        until, number = done + self._ahead(done), self._numbers.take()
        self._population[number] = _Member(number, params, until, done)
        return Start(Candidate(params, self._epochs, until, parent), why)

    def _ahead(self, done: int) -> int:
        """Return how many epochs there are to the next judgement."""
        return min(self._interval, self._epochs - done)

    def _order(self) -> list[_Member]:
        measured = [member for member in self._population.values() if member.value is not None]
        return sorted(measured, key=lambda member: (-(member.value or 0.0), member.number))

    def _few(self, order: list[_Member]) -> int:
        return min(ceil(len(order) * self._quantile), len(order) // 2)

    def _shown(self, member: _Member) -> str:
        return self.terms.shown(member.value or 0.0)
