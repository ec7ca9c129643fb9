"""Ends trials that are worse than others at the same epoch, or than a bound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cerebro_db.search._base import Decision, End, Ended, Search, Start
from cerebro_db.search.rules._base import Rule, Watched
from cerebro_db.search.rules.pruners import Pruner


class Pruning(Rule):
    """Judges a trial when it has done an epoch, against others at that epoch.

    Under ``free`` these are all that have come so far. Under ``strict`` they are those that the
    method had learned of, at the least, when the trial began: as many as have begun before it, less
    those that train at the same time; so the first ones are compared with none.
    """

    HOW: End = "pruned"

    def __init__(self, inner: Search, pruner: Pruner) -> None:
        super().__init__(inner)
        self._pruner = pruner
        # Of all trials, by number, in the order in which they begin: what the pruner reads.
        self._curves: dict[int, Any] = {}
        self._known: dict[int, Sequence[int]] = {}
        # What those came to last that train no further, and that others are still compared with.
        self._last: dict[int, float] = {}
        self._at_once = 0

    def begin(self) -> Sequence[Decision]:
        """Return what the method begins with."""
        decisions = super().begin()
        self._at_once = len(self._curves)
        return decisions

    def _next(self, trial: Watched) -> int:
        return self._pruner.next(trial.done)

    def _took(self, trial: Watched) -> None:
        self._curves[trial.number].intermediate_values[trial.done] = trial.values[-1]

    def _against(self, trial: Watched) -> str | None:
        return self._judged(trial, self._others(trial))

    def _judged(self, trial: Watched, others: Iterable[int]) -> str | None:
        there = []
        for number in others:
            values = self._curves[number].intermediate_values
            if number in self._last:
                values.setdefault(trial.done, self._last[number])
            if number != trial.number and trial.done in values:
                there.append(self._curves[number])
        return self._pruner.judge(self._curves[trial.number], there)

    def _others(self, trial: Watched) -> Sequence[int]:
        if not self._pruner.COMPARES:
            return ()
        if self.terms.order == "free":
            return list(self._curves)
        return self._known[trial.number]

    def _starting(self, start: Start) -> Start:
        begun = list(self._curves)
        number = self._numbers.next
        known = len(begun) - self._at_once + 1 if self._at_once else 0
        self._known[number] = begun[:known] if known > 0 else ()
        self._curves[number] = self._pruner.curve()
        return super()._starting(start)

    def _forget(self, trial: Watched, result: Ended | None) -> None:
        super()._forget(trial, result)
        values = self._curves[trial.number].intermediate_values
        if result is not None and result.last is not None:
            values[result.last.epoch] = result.last.value
        if values and (result is None or result.how in ("pruned", "stopped")):
            self._last[trial.number] = values[max(values)]


class Cohort(Pruning):
    """Judges trials that began together, when all of them have come as far: under ``strict``."""

    def __init__(self, inner: Search, pruner: Pruner) -> None:
        super().__init__(inner, pruner)
        self._at = pruner.next(0)
        self._awaited: set[int] = set()

    def begin(self) -> Sequence[Decision]:
        """Return what the method begins with."""
        decisions = super().begin()
        self._awaited = set(self._watched)
        return decisions

    def _next(self, trial: Watched) -> int:
        return self._at

    def _against(self, trial: Watched) -> str | None:
        return None

    def _took(self, trial: Watched) -> None:
        super()._took(trial)
        if trial.done == min(self._at, trial.epochs):
            self._awaited.discard(trial.number)

    def _forget(self, trial: Watched, result: Ended | None) -> None:
        super()._forget(trial, result)
        self._awaited.discard(trial.number)

    def _after(self) -> list[Decision]:
        if self._awaited:
            return []
        trials = list(self._watched.values())
        reasons = [self._judged(trial, self._curves) for trial in trials]
        self._at = self._pruner.next(self._at)
        decisions: list[Decision] = []
        for trial, why in zip(trials, reasons, strict=True):
            if why is not None:
                decisions += self._ended(trial, why, None)
            else:
                trial.look = self._at
                decisions += self._further(trial)
        self._awaited = set(self._watched)
        return decisions
