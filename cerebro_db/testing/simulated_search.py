"""A run that only seems to train: drives any search as a planner does, and watches over it.

Results arrive in whatever order a ``Pace`` gives them, trials diverge, fail, and are put to rest,
people bring some in. Each decision is checked against the contract (``search/_base.py``) when it is
made. It needs neither a database nor a framework.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from random import Random
from typing import Any, Literal

from cerebro_db.search import (
    Brought,
    Decision,
    Ended,
    GoOn,
    Measured,
    Result,
    Search,
    Start,
    Stop,
    Terms,
)

Status = Literal["training", "waiting", "finished", "stopped", "diverged", "failed", "rested"]


@dataclass
class Trial:
    """A trial of a simulated run.

    Args:
        number: its number, from 1.
        params: its values.
        epochs, until: its budget, and where it waits.
        done: epochs that it has done, with its parent's.
        begun: epochs that its parent had done.
        brought: people have brought it in.
        decisions: what was decided about it, as people read it.
        curve: the values of its epochs.
    """

    number: int
    params: dict[str, Any]
    epochs: int
    until: int
    done: int = 0
    begun: int = 0
    parent: int | None = None
    bracket: int | None = None
    brought: bool = False
    status: Status = "training"
    decisions: list[str] = field(default_factory=list)
    curve: list[float] = field(default_factory=list)

    @property
    def outcome(self) -> tuple[Any, ...]:
        """All that must not depend on timing where a search is strict."""
        values = json.dumps(self.params, sort_keys=True)
        return (self.number, values, self.epochs, self.until, self.done, self.status, self.parent,
                self.bracket, tuple(self.decisions), tuple(self.curve))  # fmt: skip


Pace = Callable[[Sequence[Trial]], Trial]
"""Chooses which of the trials that train ends its epoch next; they are in order of number."""


def oldest(trials: Sequence[Trial]) -> Trial:
    """Take the trial that began first: one after the other trains to its end."""
    return trials[0]


def newest(trials: Sequence[Trial]) -> Trial:
    """Take the trial that began last."""
    return trials[-1]


def abreast(trials: Sequence[Trial]) -> Trial:
    """Take the trial that has done least: all train alike."""
    return min(trials, key=lambda trial: (trial.done - trial.begun, trial.number))


def at_random(seed: int, workers: int | None = None) -> Pace:
    """Take any of those that train, which are the first ``workers`` trials that can."""
    generator = Random(seed)
    return lambda trials: generator.choice(trials[:workers])


Curve = Callable[[dict[str, Any], int], float]
"""What a trial with such values comes to after an epoch."""

_written = partial(json.dumps, sort_keys=True)


def rising(params: dict[str, Any], epoch: int) -> float:
    """Return a value that depends on all values, rises with the epochs, and is a little rough."""
    quality, *rough = _qualities(_written(params))
    return quality * (1 - 0.8**epoch) + 0.02 * rough[epoch % len(rough)]


@cache
def _qualities(text: str) -> list[float]:
    generator = Random(text)
    return [generator.random() for _ in range(32)]


@dataclass(frozen=True)
class Fates:
    """Which trials come to a bad end, and when: a function of their values, never of timing.

    Args:
        diverge, fail, rest: the share of trials with each end.
        brought: how many trials people bring in.
        waiting: people put to rest what waits, too; when that is depends on timing.
    """

    diverge: float = 0.0
    fail: float = 0.0
    rest: float = 0.0
    brought: int = 0
    waiting: bool = False

    def of(self, params: dict[str, Any], epochs: int) -> tuple[Status, int] | None:
        """Return how such a trial ends, and after how many epochs; None: as the search says."""
        if not (self.diverge or self.fail or self.rest):
            return None
        chance, when = _fate(_written(params))
        ends: tuple[tuple[Status, float], ...] = (
            ("diverged", self.diverge), ("failed", self.fail), ("rested", self.rest)
        )  # fmt: skip
        for end, part in ends:
            if chance < part:
                # What fails does so before it trains: it exceeds a bound.
                return end, 0 if end == "failed" else int(when * epochs)
            chance -= part
        return None


@cache
def _fate(text: str) -> tuple[float, float]:
    generator = Random("fate " + text)
    return generator.random(), generator.random()


NO_FATES = Fates()


class IllegalDecision(AssertionError):
    """A search has decided what it may not."""


class SimulatedRun:
    """Drives a search until nothing trains any more.

    Args:
        search: what is driven; nobody has called it before.
        terms: what it goes by.
        pace: in which order results arrive.
        fates: what befalls its trials.
        curve: what trials come to.
    """

    def __init__(
        self,
        search: Search,
        terms: Terms,
        pace: Pace = abreast,
        fates: Fates = NO_FATES,
        curve: Curve = rising,
    ) -> None:
        self.trials: dict[int, Trial] = {}
        self.told: list[tuple[Result, list[Decision]]] = []
        self.begun: list[Decision] = []
        self._search = search
        self._terms = terms
        self._pace = pace
        self._fates = fates
        self._curve = curve
        self._asked_for = 0
        # Stopped while it trained: it ends the epoch that it is in the midst of.
        self._amid: list[Trial] = []
        self._brought = 0
        self._fated: dict[int, tuple[Status, int] | None] = {}

    def drive(self) -> SimulatedRun:
        """Drive it to its end; raise IllegalDecision, or AssertionError where it has none."""
        self.begun = list(self._search.begin())
        self._apply(self.begun)
        training = self._training()
        while training:
            self._bring_in()
            self._advance(self._pace(training))
            self._end_epochs()
            training = self._training()
            assert len(self.told) < 100_000, "the search comes to no end"
        return self

    @property
    def outcomes(self) -> list[tuple[Any, ...]]:
        """What became of all trials."""
        return [trial.outcome for trial in self.trials.values()]

    @property
    def epochs(self) -> int:
        """How many epochs were trained for the search."""
        own = [trial for trial in self.trials.values() if not trial.brought]
        return sum(trial.done - trial.begun for trial in own)

    def of_status(self, *statuses: Status) -> Iterator[Trial]:
        """Yield the trials that have one of these."""
        return (trial for trial in self.trials.values() if trial.status in statuses)

    def _training(self) -> list[Trial]:
        return list(self.of_status("training"))

    def _bring_in(self) -> None:
        if self._brought < self._fates.brought and len(self.told) >= 3 * self._brought:
            self._brought += 1
            params = {"brought": self._brought}
            number, epochs = len(self.trials) + 1, self._terms.epochs
            self.trials[number] = Trial(number, params, epochs, epochs, brought=True)
            self._tell(Brought(params))

    def _advance(self, trial: Trial) -> None:
        if trial.number not in self._fated:
            self._fated[trial.number] = self._fates.of(trial.params, self._terms.epochs)
        fate = self._fated[trial.number]
        if fate is not None and trial.done >= max(fate[1], trial.begun):
            trial.status = fate[0]
            self._tell(Ended(trial.number, fate[0]))  # type: ignore[arg-type]
            return
        if trial.done + 1 == trial.epochs:
            trial.status = "finished"
        elif trial.done + 1 == trial.until:
            trial.status = "waiting"
        self._train(trial)
        if self._fates.waiting and trial.status == "waiting" and fate is not None:
            trial.status = "rested"
            self._tell(Ended(trial.number, "rested"))

    def _train(self, trial: Trial) -> None:
        trial.done += 1
        value = self._curve(trial.params, trial.done)
        assert math.isfinite(value)
        trial.curve.append(value)
        self._tell(Measured(trial.number, trial.done, value))

    def _end_epochs(self) -> None:
        while self._amid:
            self._train(self._amid.pop())

    def _tell(self, result: Result) -> None:
        decisions = list(self._search.tell(result))
        self.told.append((result, decisions))
        self._apply(decisions)

    def _apply(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            if isinstance(decision, Start):
                self._start(decision)
            elif isinstance(decision, GoOn):
                self._go_on(decision)
            else:
                self._stop(decision)

    def _start(self, start: Start) -> None:
        candidate, number = start.candidate, len(self.trials) + 1
        begun = 0
        if candidate.parent is not None:
            parent = self._known(start, candidate.parent)
            _require(parent.done > 0, start, "its parent has no epoch behind it")
            _require(parent.status != "failed", start, "its parent has no state")
            begun = parent.done
            for name in candidate.params.keys() | parent.params.keys():
                values = candidate.params.get(name), parent.params.get(name)
                same = values[0] == values[1]
                _require(
                    same or name in self._terms.mutable, start, f"its parent's state fixes {name}"
                )
                _require(
                    same or bool(values[0]) == bool(values[1]), start, f"{name} is 0 in one only"
                )
        whole = type(candidate.until) is int and type(candidate.epochs) is int
        _require(whole, start, "epochs are whole numbers")
        _require(
            begun < candidate.until <= candidate.epochs <= self._terms.epochs,
            start,
            f"it trains from epoch {begun} on, in a run of {self._terms.epochs}",
        )
        trial = Trial(number, candidate.params, candidate.epochs, candidate.until, begun, begun,
                      candidate.parent, candidate.bracket)  # fmt: skip
        trial.decisions.append(f"rung {candidate.rung}: {start.why}")
        self.trials[number] = trial
        self._ask_for(candidate.until - begun, start)

    def _go_on(self, go_on: GoOn) -> None:
        trial = self._own(go_on, go_on.trial)
        _require(type(go_on.until) is int, go_on, "epochs are whole numbers")
        _require(trial.until < go_on.until, go_on, f"the trial goes until {trial.until} already")
        _require(go_on.until <= trial.epochs, go_on, f"the trial's budget is {trial.epochs}")
        self._ask_for(go_on.until - trial.until, go_on)
        trial.until = go_on.until
        trial.decisions.append(f"until {go_on.until}, rung {go_on.rung}: {go_on.why}")
        trial.status = "training"

    def _stop(self, stop: Stop) -> None:
        trial = self._own(stop, stop.trial)
        _require(bool(stop.why), stop, "it has no reason")
        until = trial.until
        if trial.status == "training":
            self._amid.append(trial)
            trial.until = trial.done + 1
        self._asked_for -= until - trial.until
        trial.decisions.append(stop.why)
        trial.status = "stopped"

    def _ask_for(self, epochs: int, decision: Decision) -> None:
        # Of what ended, the rest of its epochs is free again.
        ended = self.of_status("diverged", "failed", "rested")
        free = sum(trial.until - trial.done for trial in ended if not trial.brought)
        self._asked_for += epochs
        budget = self._terms.budget
        _require(
            budget is None or self._asked_for - free <= budget,
            decision,
            f"the budget of {budget} epochs is exceeded",
        )

    def _known(self, decision: Decision, number: int) -> Trial:
        _require(number in self.trials, decision, "there is no such trial")
        return self.trials[number]

    def _own(self, decision: Decision, number: int) -> Trial:
        trial = self._known(decision, number)
        _require(not trial.brought, decision, "it is no trial of the search's own")
        _require(
            trial.status in ("training", "waiting"),
            decision,
            f"the trial is {trial.status} already",
        )
        return trial


def _require(condition: bool, decision: Decision, problem: str) -> None:
    if not condition:
        raise IllegalDecision(f"{decision}: {problem}")
