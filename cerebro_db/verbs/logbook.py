"""Listens to a run: records epochs and statuses, tells the caller, asks the search how to go on."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable

from cerebro_db.engines import Outcome, RunEngine, Unit
from cerebro_db.planner import Schedule
from cerebro_db.session import Session
from cerebro_db.store import runs
from cerebro_db.training import metrics
from cerebro_db.verbs.candidates import Candidates


class Logbook:
    """The listener of one run.

    Args:
        control: the session that records.
        notice: shows a line to the caller.
        run: the run's name and number.
        metric: what ranks configurations.
        schedule, engine: who drives the run and who does its units.
        candidates: the run's configurations.
    """

    def __init__(
        self,
        control: Session,
        notice: Callable[[str], None],
        *,
        run: int,
        name: str,
        metric: str,
        schedule: Schedule,
        engine: RunEngine,
        candidates: Candidates,
    ) -> None:
        self._control = control
        self._notice = notice
        self._run = run
        self._name = name
        self._metric = metric
        self._schedule = schedule
        self._engine = engine
        self._candidates = candidates
        self._parts: dict[int, list[tuple[int, dict[str, float]]]] = defaultdict(list)
        self._results: dict[int, tuple[float, float]] = {}
        self.failures: dict[int, str] = {}
        self._units = 0
        self._retired = 0
        self._started: float | None = None

    @property
    def reasons(self) -> str:
        """Why configurations did not finish: the first few reasons, each with who had it."""
        configs: dict[str, list[int]] = defaultdict(list)
        for config, reason in sorted(self.failures.items()):
            configs[reason].append(config)
        shown = [
            f"config {', '.join(map(str, who[:5]))}{', ...' if len(who) > 5 else ''} {reason}"
            for reason, who in list(configs.items())[:3]
        ]
        return "; ".join(shown) + "."

    @property
    def ranking(self) -> list[int]:
        """The configurations that finished, best first.

        Where the rows do not define the metric (auc of one class only), the loss decides.
        """

        def rank(config: int) -> tuple[bool, float, float, int]:
            score, loss = self._results[config]
            unknown = math.isnan(score)
            return (unknown, 0.0 if unknown else -score, loss, config)

        return sorted(self._results, key=rank)

    def started(self, unit: Unit) -> None:
        """Mark a configuration that has its first unit."""
        if self._started is None:
            self._started = time.monotonic()
        if unit.epoch == 1 and unit.position == 0:
            runs.set_config_status(self._control, self._run, unit.config, "running")

    def trained(self, outcome: Outcome) -> None:
        """Keep a unit's metrics until its epoch is whole."""
        assert outcome.training is not None
        self._units += 1
        unit = outcome.unit
        self._parts[unit.config].append((outcome.rows, outcome.training))
        if not math.isfinite(outcome.training["loss"]):
            self._diverged(unit)
        elif unit.last:
            self._epoch(outcome)
        self._retire()

    def failed(self, outcome: Outcome) -> None:
        """Mark a configuration whose unit raised an error; the others go on."""
        unit = outcome.unit
        self.failures[unit.config] = f"failed: {outcome.error}"
        runs.set_config_status(self._control, self._run, unit.config, "failed", outcome.error)
        self._say(f"config {unit.config} failed in epoch {unit.epoch}: {outcome.error}")
        self._retire()

    def _diverged(self, unit: Unit) -> None:
        self._schedule.drop(unit.config)
        self.failures[unit.config] = "diverged"
        reason = f"loss is not finite in epoch {unit.epoch} on partition {unit.partition}"
        runs.set_config_status(self._control, self._run, unit.config, "diverged", reason)
        self._say(f"config {unit.config} diverged: {reason}")

    def _epoch(self, outcome: Outcome) -> None:
        unit = outcome.unit
        training = metrics.combine(self._parts.pop(unit.config))
        measured = training if outcome.validation is None else outcome.validation
        value = measured.get(self._metric, math.nan)
        runs.record_epoch(
            self._control,
            self._run,
            unit.config,
            unit.epoch,
            metrics.storable(training),
            None if outcome.validation is None else metrics.storable(outcome.validation),
            value,
        )
        self._say(
            f"config {unit.config} epoch {unit.epoch}/{self._schedule.epochs}: "
            f"loss {training['loss']:.4g}, "
            + ("" if outcome.validation is None else "validation ")
            + f"{self._metric} {value:.4g}"
        )
        score = value if metrics.higher_is_better(self._metric) else -value
        go_on = self._candidates.tell(unit.config, unit.epoch, score)
        if unit.epoch == self._schedule.epochs:
            self._results[unit.config] = (score, measured["loss"])
            runs.set_config_status(self._control, self._run, unit.config, "finished")
        elif not go_on:
            self._schedule.drop(unit.config)
            runs.set_config_status(self._control, self._run, unit.config, "stopped")

    def _retire(self) -> None:
        """Let go of the states that every configuration is past."""
        oldest = self._schedule.oldest_epoch
        while self._retired + 1 < oldest:
            self._retired += 1
            self._engine.retire(self._retired)

    def _say(self, text: str) -> None:
        left = self._schedule.units_left
        share = 100 * self._units / (self._units + left) if self._units + left else 100
        eta = ""
        if left and self._units and self._started is not None:
            elapsed = time.monotonic() - self._started
            eta = f", {elapsed / self._units * left:.0f} s left"
        self._notice(f"{self._name}: {text} ({share:.0f} % done{eta})")
