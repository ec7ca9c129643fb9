"""Bayesian search by tree-structured Parzen estimators (Bergstra et al., NIPS 2011), by Optuna."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from cerebro_db.search._base import (
    Brought,
    Candidate,
    Decision,
    Measured,
    Result,
    Search,
    Start,
    Terms,
)
from cerebro_db.search.bounds import check_count
from cerebro_db.search.epochs import epochs_of
from cerebro_db.search.numbers import Numbers
from cerebro_db.search.options import whole
from cerebro_db.search.purse import Purse
from cerebro_db.search.samplers import TpeSampler
from cerebro_db.words import counted

DEFAULT_CONFIGS = 20
DEFAULT_PARALLEL = 4


@dataclass
class _Trial:
    """A trial that the sampler has not learned of."""

    epochs: int
    done: int = 0
    best: float | None = None
    through: bool = False
    ended: bool = False


class Tpe(Search):
    """Draws ``configs`` candidates where those before were good, ``parallel`` of them at a time.

    What a trial came to is the best of its epochs. Under ``strict`` the sampler is told in the
    order of the trials' numbers, whichever ends first, and a candidate is drawn for each that it is
    told of; so a slow trial has those behind it wait. Under ``free`` it is told as trials end.

    With a budget of epochs in all, candidates are drawn while it has enough for a whole one.
    """

    OPTIONS: ClassVar[tuple[str, ...]] = ("configs", "parallel")
    TAKES_EPOCHS: ClassVar[bool] = True

    def __init__(self, terms: Terms, options: dict[str, Any]) -> None:
        super().__init__(terms, options)
        self._configs = whole(options, "configs", DEFAULT_CONFIGS)
        check_count(self._configs, terms.space)
        free = max(DEFAULT_PARALLEL, terms.workers)
        default = DEFAULT_PARALLEL if terms.order == "strict" else free
        self.parallel: int = whole(options, "parallel", default)
        self._epochs = terms.epochs if terms.budget is None else min(terms.epochs, terms.budget)
        self._purse = Purse(terms.budget)
        self._numbers = Numbers()
        self._sampler = TpeSampler(terms.space, terms.seed, terms.poll, self._configs)
        self._drawn = 0
        self._learned = 0
        # By number, which is the order in which they begin.
        self._open: dict[int, _Trial] = {}

    def begin(self) -> Sequence[Decision]:
        """Return the first candidates."""
        return self._fill()

    def tell(self, result: Result) -> Sequence[Decision]:
        """Draw a candidate for each trial that the sampler learns of now."""
        if isinstance(result, Brought):
            self._numbers.take()
            return ()
        trial = self._open.get(result.trial)
        if trial is None or trial.ended:
            return ()
        measured = result if isinstance(result, Measured) else result.last
        if measured is not None:
            trial.done = measured.epoch
            before = measured.value if trial.best is None else trial.best
            trial.best = max(measured.value, before)
        if isinstance(result, Measured):
            trial.through = trial.ended = trial.done == trial.epochs
        else:
            # One that no longer gets better has come to all that it could.
            trial.through = result.how == "stopped" and trial.best is not None
            trial.ended = True
        return self._settle(result.trial) if trial.ended else ()

    def _settle(self, ended: int) -> list[Decision]:
        if self.terms.order == "free":
            self._learn(ended)
            return self._fill()
        decisions: list[Decision] = []
        while self._open and self._open[first := next(iter(self._open))].ended:
            self._learn(first)
            decisions += self._fill()
        return decisions

    def _learn(self, number: int) -> None:
        trial = self._open.pop(number)
        if trial.best is None:
            self._sampler.fail(number)
        else:
            # What was pruned is compared with others by how far it came.
            self._sampler.learn(number, trial.done, trial.best, trial.through)
        self._learned += 1
        # It may be in the midst of one epoch more.
        self._purse.give_back(max(0, trial.epochs - trial.done - 1))

    def _fill(self) -> list[Decision]:
        starts: list[Decision] = []
        while (
            len(self._open) < self.parallel
            and self._drawn < self._configs
            and self._purse.take(self._epochs)
        ):
            params = self._sampler.sample(self._numbers.next)
            if params is None:
                self._drawn = self._configs
                break
            self._drawn += 1
            epochs = min(epochs_of(params, self.terms), self._epochs)
            self._purse.give_back(self._epochs - epochs)
            self._open[self._numbers.take()] = _Trial(epochs)
            starts.append(Start(Candidate(params, epochs, epochs), self._why()))
        return starts

    def _why(self) -> str:
        return f"drawn when {counted(self._learned, 'result was', 'results were')} known"
