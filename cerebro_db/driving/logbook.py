"""Keeps the books of a run: records epochs and statuses, tells the caller, asks the search."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable

from cerebro_db.driving.candidates import Candidates
from cerebro_db.driving.roster import Roster
from cerebro_db.planner import Schedule
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs, units
from cerebro_db.training import metrics
from cerebro_db.training.metrics import Metrics
from cerebro_db.units import Outcome, Unit
from cerebro_db.words import figure


class Logbook:
    """The knowledge of one run, in the tables and here.

    Args:
        control: the session that records.
        notice: shows a line to the caller.
        run, name: the run's number and name.
        metric, higher_is_better: what ranks configurations, and which way.
        schedule: who trains.
        roster: who rests, and how far all are.
        candidates: the search.
    """

    def __init__(
        self,
        control: ClientSession,
        notice: Callable[[str], None],
        *,
        run: int,
        name: str,
        metric: str,
        higher_is_better: bool,
        epochs: int,
        schedule: Schedule,
        roster: Roster,
        candidates: Candidates,
    ) -> None:
        self._control = control
        self._notice = notice
        self._run = run
        self._name = name
        self._metric = metric
        self._epochs = epochs
        self._higher_is_better = higher_is_better
        self._schedule = schedule
        self._roster = roster
        self._candidates = candidates
        self._parts: dict[int, list[tuple[int, Metrics]]] = defaultdict(list)
        # Of the last epoch of each: the metric such that higher is better, and the loss.
        self._results: dict[int, tuple[float, float]] = {}
        self._running: set[int] = set()
        self.failures: dict[int, str] = {}
        self._units = 0
        self._started: float | None = None
        self._undefined = False

    @property
    def reasons(self) -> str:
        """Why configurations did not finish: the first few reasons, each with who had it."""
        had: dict[str, list[int]] = defaultdict(list)
        for config, reason in sorted(self.failures.items()):
            had[reason].append(config)
        shown = [
            f"config {', '.join(map(str, who[:5]))}{', ...' if len(who) > 5 else ''} {reason}"
            for reason, who in list(had.items())[:3]
        ]
        return "; ".join(shown) + "."

    @property
    def ranking(self) -> list[int]:
        """The configurations that have done an epoch and did not fail, best first.

        Where the rows do not define the metric (auc of one class only), the loss decides.
        """

        def rank(config: int) -> tuple[bool, float, float, int]:
            score, loss = self._results[config]
            unknown = math.isnan(score)
            return (unknown, 0.0 if unknown else -score, loss, config)

        return sorted(self._results.keys() - self.failures.keys(), key=rank)

    def started(self, unit: Unit) -> None:
        """Mark a configuration that has its first unit of this planner."""
        if self._started is None:
            self._started = time.monotonic()
        if unit.config not in self._running:
            self._running.add(unit.config)
            self.failures.pop(unit.config, None)
            configs.set_status(self._control, self._run, unit.config, "running")

    def trained(self, outcome: Outcome) -> None:
        """Keep a unit's metrics until its epoch is whole."""
        assert outcome.training is not None
        self._units += 1
        unit = outcome.unit
        self._parts[unit.config].append((outcome.rows, outcome.training))
        if unit.last:
            self.end_epoch(unit.config, unit.epoch, outcome.validation)

    def failed(self, outcome: Outcome) -> None:
        """Mark a configuration whose unit raised an error; the others go on."""
        unit = outcome.unit
        if outcome.diverged:
            self._mark(unit.config, "diverged", str(outcome.error))
        else:
            self._mark(
                unit.config,
                "failed",
                f"{outcome.error} (epoch {unit.epoch}, partition {unit.partition})",
            )

    def refused(self, config: int, error: str) -> None:
        """Mark a configuration that cannot begin, or go on."""
        self._mark(config, "failed", error)

    def rested(self, config: int) -> None:
        """Mark a configuration that somebody has resting."""
        self._running.discard(config)
        configs.set_status(self._control, self._run, config, "resting")
        self._say(f"config {config} rests")

    def remember_part(self, config: int, rows: int, training: Metrics) -> None:
        """Take in a unit of an epoch that was not recorded, done under an earlier planner."""
        self._parts[config].append((rows, training))

    def remember_epoch(self, config: int, epoch: int, value: float, loss: float) -> None:
        """Take in an epoch that was recorded under an earlier planner."""
        score = self._score(value)
        self._results[config] = (score, loss)
        self._candidates.tell(config, epoch, score)

    def end_epoch(self, config: int, epoch: int, validation: Metrics | None) -> None:
        """Record an epoch of which all units are in, and ask the search what it thinks of it."""
        training = metrics.combine(self._parts.pop(config))
        measured = training if validation is None else validation
        value = measured.get(self._metric, math.nan)
        self._say(
            f"config {config} epoch {epoch}/{self._epochs}: "
            f"loss {figure(training['loss'])}, "
            + ("" if validation is None else "validation ")
            + f"{self._metric} {figure(value)}"
        )
        if math.isnan(value) and not self._undefined:
            self._undefined = True
            which = "training" if validation is None else "validation"
            self._notice(
                f"{self._name}: {self._metric} is not defined by the {which} data, which are of one"
                " class or value: the loss ranks the configurations"
            )
        score = self._score(value)
        self._results[config] = (score, measured["loss"])
        # All of it or nothing: what a crash has taken is done again when the run goes on.
        with self._control.connection.transaction():
            units.record_epoch(
                self._control,
                self._run,
                config,
                epoch,
                metrics.storable(training),
                None if validation is None else metrics.storable(validation),
                value,
            )
            go_on = self._candidates.tell(config, epoch, score)
            if epoch == self._epochs:
                configs.set_status(self._control, self._run, config, "finished")
            elif not go_on:
                self._roster.leave(config)
                configs.set_status(self._control, self._run, config, "stopped")

    def _score(self, value: float) -> float:
        return value if self._higher_is_better else -value

    def _mark(self, config: int, status: configs.Status, error: str) -> None:
        self._running.discard(config)
        self.failures[config] = f"{status}: {error}"
        configs.set_status(self._control, self._run, config, status, error)
        self._say(f"config {config} {status}: {error}")

    def _say(self, text: str) -> None:
        left = self._schedule.units_left
        done = sum(self._roster.done.values())
        share = 100 * done / (done + left) if done + left else 100
        eta = ""
        if left and self._units and self._started is not None:
            elapsed = time.monotonic() - self._started
            eta = f", {elapsed / self._units * left:.0f} s left"
        self._notice(f"{self._name}: {text} ({share:.0f} % done{eta})")
