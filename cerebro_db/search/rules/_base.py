"""A rule between a run and a method: it ends trials by itself, and the method is told."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from cerebro_db.search._base import (
    Brought,
    Decision,
    End,
    Ended,
    GoOn,
    Measured,
    Result,
    Search,
    Start,
    Stop,
)
from cerebro_db.search.numbers import Numbers


@dataclass
class Watched:
    """A trial that a rule watches.

    Args:
        number: the trial's.
        epochs: its budget.
        wanted: until when the method lets it train.
        allowed: until when the rule does: no further than ``wanted``.
        look: the next epoch after which the rule may end it.
        begun: epochs that its parent had done.
        values: what it came to, epoch by epoch.
        going_on: what the method decided while the rule had it wait.
    """

    number: int
    epochs: int
    wanted: int
    allowed: int
    look: int = 0
    begun: int = 0
    values: list[float] = field(default_factory=list)
    going_on: GoOn | None = None

    @property
    def done(self) -> int:
        """How many epochs it has done."""
        return self.begun + len(self.values)


class Rule(Search):
    """Stands in front of a method, and is itself a search.

    Under ``strict`` a trial waits wherever the rule may end it: else it would depend on timing
    whether it is in the midst of a further epoch then.
    """

    HOW: End = "stopped"

    def __init__(self, inner: Search) -> None:
        super().__init__(inner.terms, inner.options)
        self.inner = inner
        self.parallel = inner.parallel
        self._numbers = Numbers()
        self._watched: dict[int, Watched] = {}
        self._done: dict[int, int] = {}
        self._over: set[int] = set()

    @abstractmethod
    def _next(self, trial: Watched) -> int:
        """Return the next epoch after which the rule may end a trial."""

    @abstractmethod
    def _against(self, trial: Watched) -> str | None:
        """Return why a trial ends after the epoch that it has just done; None: it does not."""

    def _took(self, trial: Watched) -> None:
        """Take in that a trial has done an epoch."""

    def _after(self) -> list[Decision]:
        """Return what the rule decides on several trials at once."""
        return []

    def begin(self) -> Sequence[Decision]:
        """Return what the method begins with."""
        return self._passed(self.inner.begin())

    def tell(self, result: Result) -> Sequence[Decision]:
        """Apply the rule; return what follows from it, and what the method decides."""
        return [*self._told(result), *self._after()]

    def _told(self, result: Result) -> Sequence[Decision]:
        if isinstance(result, Brought):
            self._numbers.take()
            return self._passed(self.inner.tell(result))
        trial = self._watched.get(result.trial)
        if result.trial in self._over:
            return ()
        if trial is None:
            return self._passed(self.inner.tell(result))
        if isinstance(result, Ended):
            self._forget(trial, result)
            return self._passed(self.inner.tell(result))
        trial.values.append(result.value)
        self._done[trial.number] = trial.done
        self._took(trial)
        if trial.look <= trial.done < trial.epochs:
            why = self._against(trial)
            if why is not None:
                return self._ended(trial, why, result)
        trial.look = self._next(trial)
        decisions = self._passed(self.inner.tell(result))
        if trial.number in self._watched:
            decisions += self._further(trial)
            if trial.done == trial.epochs:
                self._forget(trial, None)
        return decisions

    def _ended(self, trial: Watched, why: str, last: Measured | None) -> list[Decision]:
        """Return the end of a trial, and what the method says to it."""
        result = Ended(trial.number, self.HOW, last)
        self._over.add(trial.number)
        self._forget(trial, result)
        return [Stop(trial.number, why), *self._passed(self.inner.tell(result))]

    def _forget(self, trial: Watched, result: Ended | None) -> None:
        """Watch a trial no more; it has ended as told, or None: is through, or was stopped."""
        del self._watched[trial.number]

    def _further(self, trial: Watched) -> list[Decision]:
        """Return what lets a trial train further that waits for nothing but the rule."""
        until = trial.wanted
        if self.terms.order == "strict":
            until = min(until, trial.look)
        if until <= trial.allowed:
            return []
        trial.allowed = until
        decided = trial.going_on or GoOn(trial.number, until)
        trial.going_on = None
        return [replace(decided, until=until)]

    def _passed(self, decisions: Iterable[Decision]) -> list[Decision]:
        """Return decisions of the method as the rule lets them through."""
        found: list[Decision] = []
        for decision in decisions:
            if isinstance(decision, Start):
                found.append(self._starting(decision))
            elif isinstance(decision, Stop):
                self._forget(self._watched[decision.trial], None)
                found.append(decision)
            else:
                trial = self._watched[decision.trial]
                trial.wanted, trial.going_on = decision.until, decision
                found += self._further(trial)
        return found

    def _starting(self, start: Start) -> Start:
        candidate, number = start.candidate, self._numbers.take()
        begun = 0 if candidate.parent is None else self._done[candidate.parent]
        trial = Watched(number, candidate.epochs, candidate.until, begun, begun=begun)
        trial.look = self._next(trial)
        self._further(trial)
        self._watched[number] = trial
        self._done[number] = begun
        return replace(start, candidate=replace(candidate, until=trial.allowed))
