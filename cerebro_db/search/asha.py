"""Asynchronous successive halving (ASHA; Li et al., "A System for Massively Parallel Hyperparameter
Tuning", MLSys 2020), and with a sampler that learns BOHB's idea."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from cerebro_db.search._base import (
    Brought,
    Candidate,
    Decision,
    Ended,
    GoOn,
    Order,
    Result,
    Search,
    Start,
    Stop,
    Terms,
)
from cerebro_db.search.bounds import check_count
from cerebro_db.search.bracket import go_on
from cerebro_db.search.ladder import Ladder
from cerebro_db.search.numbers import Numbers
from cerebro_db.search.options import whole
from cerebro_db.search.purse import Purse
from cerebro_db.search.samplers import sampler_of
from cerebro_db.words import counted, ordinal

# So many in parallel at least, however few workers there are: they keep one another busy.
_LEAST_PARALLEL = 4


@dataclass
class _Rung:
    """The trials that have come to a rung, best first: the value with its sign changed, number."""

    epochs: int
    order: list[tuple[float, int]] = field(default_factory=list)
    waiting: list[tuple[float, int]] = field(default_factory=list)

    def place(self, entry: tuple[float, int]) -> int:
        """Return where a trial stands, from 0."""
        return bisect_left(self.order, entry)

    def remove(self, entry: tuple[float, int]) -> None:
        """Forget a trial that waits."""
        del self.order[self.place(entry)]
        self.waiting.remove(entry)


class Asha(Search):
    """Keeps ``parallel`` trials busy: promotes the best of a rung at once, or begins a new one.

    Of those on a rung so far, one in ``eta`` may go on; the highest rung is looked at first. When
    nothing trains any more, and none can go on or begin, what waits is stopped.

    With a budget of epochs in all, what would exceed it neither begins nor goes on.
    """

    OPTIONS: ClassVar[tuple[str, ...]] = ("configs", "parallel", *Ladder.OPTIONS, "sampler")
    COMPARES: ClassVar[bool] = True
    ORDERS: ClassVar[tuple[Order, ...]] = ("free",)

    def __init__(self, terms: Terms, options: dict[str, Any]) -> None:
        super().__init__(terms, options)
        ladder = Ladder.of(options, terms.epochs, terms.budget)
        self._eta = ladder.eta
        self._left = whole(options, "configs", ladder.configs)
        check_count(self._left, terms.space, Ladder.FEWER)
        rungs = ladder.halving(self._left)
        self.parallel: int = whole(options, "parallel", max(_LEAST_PARALLEL, terms.workers))
        self._rungs = [_Rung(rung.epochs) for rung in rungs]
        self._sampler = sampler_of(options, terms)
        self._purse = Purse(terms.budget)
        self._numbers = Numbers()
        # The rung that each trial trains for, and what it waits as, both by number.
        self._training: dict[int, int] = {}
        self._done: dict[int, int] = {}
        self._waiting: dict[int, tuple[int, tuple[float, int]]] = {}

    def begin(self) -> Sequence[Decision]:
        """Return the first candidates."""
        return self._fill()

    def tell(self, result: Result) -> Sequence[Decision]:
        """Give a trial's place, if it has come to a rung or ended, to the next."""
        if isinstance(result, Brought):
            self._numbers.take()
            return ()
        if isinstance(result, Ended):
            return self._ended(result.trial)
        place = self._training.get(result.trial)
        if place is None:
            return ()
        self._done[result.trial] = result.epoch
        if result.epoch != self._rungs[place].epochs:
            return ()
        del self._training[result.trial]
        through = place + 1 == len(self._rungs)
        self._sampler.learn(result.trial, result.epoch, result.value, through)
        if not through:
            entry = -result.value, result.trial
            insort(self._rungs[place].order, entry)
            insort(self._rungs[place].waiting, entry)
            self._waiting[result.trial] = place, entry
        return self._fill()

    def _ended(self, trial: int) -> list[Decision]:
        if trial in self._waiting:
            place, entry = self._waiting.pop(trial)
            self._rungs[place].remove(entry)
            return []
        if trial not in self._training:
            return []
        place = self._training.pop(trial)
        # It may be in the midst of one epoch.
        unused = self._rungs[place].epochs - self._done.get(trial, 0) - 1
        self._purse.give_back(max(0, unused))
        self._sampler.fail(trial)
        return self._fill()

    def _fill(self) -> list[Decision]:
        decisions: list[Decision] = []
        while len(self._training) < self.parallel:
            decision = self._promoted() or self._new()
            if decision is None:
                break
            decisions.append(decision)
        if not self._training:
            decisions += self._close()
        return decisions

    def _promoted(self) -> Decision | None:
        for place in range(len(self._rungs) - 2, -1, -1):
            rung, above = self._rungs[place], self._rungs[place + 1]
            if not rung.waiting:
                continue
            rank = rung.place(rung.waiting[0])
            may = len(rung.order) // self._eta
            if rank < may and self._purse.take(above.epochs - rung.epochs):
                _, trial = rung.waiting.pop(0)
                del self._waiting[trial]
                self._training[trial] = place + 1
                return GoOn(trial, above.epochs, self._why(place, rank, so_far=True), place + 1)
        return None

    def _new(self) -> Decision | None:
        first, last = self._rungs[0].epochs, self._rungs[-1].epochs
        if not self._left or not self._purse.take(first):
            return None
        params = self._sampler.sample(self._numbers.next)
        if params is None:
            self._left = 0
            self._purse.give_back(first)
            return None
        self._left -= 1
        self._training[self._numbers.take()] = 0
        return Start(Candidate(params, last, first, rung=0))

    def _close(self) -> list[Decision]:
        """Return the ends of all that wait: nothing will change any more."""
        stops: list[Decision] = []
        for trial, (place, entry) in sorted(self._waiting.items()):
            rank = self._rungs[place].place(entry)
            why = self._why(place, rank, so_far=False)
            if rank < len(self._rungs[place].order) // self._eta:
                why = f"the budget of {counted(self.terms.budget or 0, 'epoch')} is used up"
            stops.append(Stop(trial, why))
        self._waiting = {}
        for rung in self._rungs:
            rung.waiting = []
        return stops

    def _why(self, place: int, rank: int, so_far: bool) -> str:
        count = len(self._rungs[place].order)
        when = " so far" if so_far else ""
        may = count // self._eta
        who = go_on(may, count) if may else f"one in {self._eta} goes on"
        return f"rung {place}: {ordinal(rank + 1)} of {count:,}{when}, {who}"
