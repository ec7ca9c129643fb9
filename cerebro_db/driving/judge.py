"""Has the search decide on what becomes of a run's configurations, and writes down what it does.

What the search is told and what it decides are counted in one sequence, and each decision commits
with the result that it follows from, before it has any effect. So any other planner can tell a new
search the same in the same order, and goes on where this one was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

from cerebro_db.driving.candidates import budgeted, make, write
from cerebro_db.driving.resolve import Resolve
from cerebro_db.errors import DataError
from cerebro_db.search import (
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
from cerebro_db.session.client import ClientSession
from cerebro_db.store import decisions
from cerebro_db.store.configs import Config, NewConfig
from cerebro_db.store.decisions import Decided

# What is recorded of a decision, in a word.
_START, _GO_ON, _STOP = "start", "go on", "stop"
_DECISIONS = (_START, _GO_ON, _STOP)
_Made = tuple[str, int | None, int | None]
TIME_IS_UP = "time is up"
_BROUGHT = "brought"
_ENDS: tuple[End, ...] = get_args(End)


@dataclass(frozen=True)
class Told:
    """An epoch that the search was told of: its place in the sequence, and what it was told."""

    seq: int
    config: int
    epoch: int
    value: float


@dataclass(frozen=True)
class Verdicts:
    """The decisions of a moment, by the numbers of configurations.

    ``failed`` could not be made of what the search proposed; the search knows.
    """

    started: list[Config] = field(default_factory=list)
    going_on: list[tuple[int, GoOn]] = field(default_factory=list)
    stopped: list[tuple[int, str]] = field(default_factory=list)
    failed: list[Config] = field(default_factory=list)


class Judge:
    """The search of one run, by the numbers that its configurations have in the tables.

    Args:
        control: the session that writes.
        run: the run's number.
        hops: how many units an epoch of a configuration has.
        search: who decides.
        resolve: closes the model with a candidate's values.
        poll: called for each candidate; raises when the caller is cancelled.
    """

    def __init__(
        self,
        control: ClientSession,
        run: int,
        hops: int,
        search: Search,
        resolve: Resolve,
        poll: Callable[[], None],
    ) -> None:
        self.time_is_up: str | None = None
        """Why nothing new may begin any more, once that was decided."""
        self._control = control
        self._run = run
        self._hops = hops
        self._search = search
        self._resolve = resolve
        self._poll = poll
        # Of each trial, from 1, the configuration; and the other way round.
        self._configs: list[Config] = []
        self._trials: dict[int, int] = {}
        # The last epoch of each configuration that the search was told.
        self._epochs: dict[int, int] = {}
        # How far the search itself lets each train; beyond, it is by a person's wish.
        self._budgets: dict[int, int] = {}
        # Those that the search has ended, or was told the end of: it learns no more of them.
        self._over: set[int] = set()
        # Why it has stopped some of these.
        self._stopped: dict[int, str] = {}
        self._seq = 0
        self._deaf = False

    def replay(
        self, standing: Sequence[Config], told: Sequence[Told], decided: Sequence[Decided]
    ) -> None:
        """Bring the search to where another planner has left it.

        Args:
            standing: all configurations of the run.
            told: the epochs that it was told of.
            decided: the decisions that are recorded.

        Raises:
            DataError: it proposes others than it did.
        """
        self._seq = decisions.next_seq(self._control, self._run) - 1
        if all(config.until is None for config in standing if config.origin == "search"):
            # Written by a release whose methods decided nothing after the beginning.
            self._deaf = True
            for config in standing:
                self._take_number(config)
            return
        by_number = {config.config: config for config in standing}
        proposed = deque(config for config in standing if config.origin == "search")
        self._recognise(self._search.begin(), proposed)
        made: list[_Made] = []
        events: list[tuple[int, int, Result]] = [
            (one.seq, one.config, Measured(0, one.epoch, one.value)) for one in told
        ]
        for one in decided:
            if one.what == _BROUGHT and one.config is not None:
                events.append((one.seq, one.config, Brought(by_number[one.config].params)))
            elif one.what in _ENDS and one.config is not None:
                events.append((one.seq, one.config, Ended(0, one.what)))
            elif one.what == TIME_IS_UP:
                self.time_is_up = one.why
        for _, number, event in sorted(events, key=lambda event: event[0]):
            self._poll()
            if isinstance(event, Brought):
                self._take_number(by_number[number])
            made += self._recognise(self._hear(number, event), proposed)
        recorded = [(one.what, one.config, one.epoch) for one in decided if one.what in _DECISIONS]
        if proposed or made != recorded:
            self._differs(proposed[0] if proposed else None)

    def knows(self, config: Config) -> bool:
        """Return whether the search was told of a configuration."""
        return config.config in self._trials

    def stopped(self, config: int) -> str | None:
        """Return why the search has stopped a configuration, None if it has not."""
        return self._stopped.get(config)

    def measured(self, config: int, epoch: int, value: float) -> tuple[int, Verdicts]:
        """Tell the search a result; return its place in the sequence, and what follows."""
        seq = self._next()
        return seq, self._carry_out(self._hear(config, Measured(0, epoch, value)))

    def ended(self, config: int, how: End, why: str) -> Verdicts:
        """Tell the search that a configuration goes on no further; return what follows."""
        if self._deaf or config not in self._trials or config in self._over:
            return Verdicts()
        self._note(how, why, config)
        return self._carry_out(self._hear(config, Ended(0, how)))

    def brought(self, config: Config) -> Verdicts:
        """Tell the search of a configuration of a person's; return what follows."""
        self._note(_BROUGHT, config.origin, config.config)
        self._take_number(config)
        return self._carry_out(self._hear(config.config, Brought(config.params)))

    def end_of_time(self, why: str) -> None:
        """Record that nothing new may begin any more."""
        self.time_is_up = why
        self._note(TIME_IS_UP, why)

    def _hear(self, config: int, event: Result) -> Sequence[Decision]:
        """Tell the search of an event of a configuration, if that is any of its business."""
        trial = self._trials.get(config)
        if self._deaf:
            return ()
        if isinstance(event, Brought):
            return self._search.tell(event)
        if trial is None or config in self._over:
            return ()
        if isinstance(event, Ended):
            self._over.add(config)
        elif event.epoch > self._budgets[config]:
            return ()
        elif self._epochs.get(config, 0) >= event.epoch:
            # Done again, since its state was lost: to the same result.
            return ()
        else:
            self._epochs[config] = event.epoch
        return self._search.tell(replace(event, trial=trial))

    def _carry_out(self, decided: Sequence[Decision]) -> Verdicts:
        """Write decisions down, and whatever the search decides on what fails of them."""
        verdicts = Verdicts()
        waiting = deque(decided)
        while waiting:
            decision = waiting.popleft()
            if isinstance(decision, Start):
                config = self._start(decision)
                if config.status == "failed":
                    verdicts.failed.append(config)
                    self._note("failed", str(config.error), config.config)
                    waiting.extend(self._hear(config.config, Ended(0, "failed")))
                else:
                    verdicts.started.append(config)
                continue
            number = self._configs[decision.trial - 1].config
            if isinstance(decision, GoOn):
                if decision.why:
                    self._note(_GO_ON, decision.why, number, epoch=decision.until)
                verdicts.going_on.append((number, decision))
            else:
                self._over.add(number)
                self._note(_STOP, decision.why, number, epoch=self._epochs.get(number))
                verdicts.stopped.append((number, decision.why))
        return verdicts

    def _start(self, start: Start) -> Config:
        (one,) = make([start.candidate.params], self._resolve, self._poll, strictly=False)
        new = budgeted(one.new, start)
        if start.candidate.parent is not None:
            new = self._inheriting(new, self._configs[start.candidate.parent - 1])
        (number,) = write(self._control, self._run, [replace(one, new=new)])
        config = Config(
            config=number,
            params=new.params,
            status="waiting" if one.error is None else "failed",
            error=one.reason,
            wanted="train",
            origin="search",
            parent=new.parent,
            walk=number if new.walk is None else new.walk,
            start_units=new.start_units,
            epochs=new.epochs,
            until=new.until,
            bracket=new.bracket,
            rung=new.rung,
            reason=new.reason,
        )
        self._take_number(config, start.candidate.epochs)
        self._note(_START, start.why, number, epoch=new.until, parent=new.parent)
        return config

    def _inheriting(self, new: NewConfig, parent: Config) -> NewConfig:
        """Return a configuration that begins with the state of another after its last epoch."""
        units = self._epochs[parent.config] * self._hops
        # Along its parent's way: the state lies where that one would go next.
        return replace(new, parent=parent.config, walk=parent.walk, start_units=units)

    def _recognise(self, decided: Sequence[Decision], proposed: deque[Config]) -> list[_Made]:
        """Match what a search decides with configurations that are there; return it as recorded."""
        made: list[_Made] = []
        for decision in decided:
            if isinstance(decision, Start):
                if not proposed or decision.candidate.params != proposed[0].params:
                    self._differs(proposed[0] if proposed else None)
                config = proposed.popleft()
                self._take_number(config, decision.candidate.epochs)
                made.append((_START, config.config, decision.candidate.until))
                continue
            number = self._configs[decision.trial - 1].config
            if isinstance(decision, Stop):
                self._over.add(number)
                self._stopped[number] = decision.why
                made.append((_STOP, number, self._epochs.get(number)))
            elif decision.why:
                made.append((_GO_ON, number, decision.until))
        return made

    def _take_number(self, config: Config, budget: int | None = None) -> None:
        self._configs.append(config)
        self._budgets[config.config] = budget or self._search.terms.epochs
        self._trials[config.config] = len(self._configs)

    def _differs(self, config: Config | None) -> None:
        raise DataError(
            "the search does not propose what it did when the run began",
            detail="It decides otherwise on the results that it was told."
            if config is None
            else f"Configuration {config.config} differs.",
            hint="Another version of the package, or of Optuna, may draw otherwise. What was "
            "trained stays: see cerebro.configs.",
        )

    def _note(
        self,
        what: str,
        why: str,
        config: int | None = None,
        *,
        epoch: int | None = None,
        parent: int | None = None,
    ) -> None:
        decided = Decided(self._next(), what, why, config, epoch, parent)
        decisions.record(self._control, self._run, [decided])

    def _next(self) -> int:
        self._seq += 1
        return self._seq
