"""Has the events of a run recorded, decided upon, acted on and told, in this order."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cerebro_db.driving.herald import Herald, configurations
from cerebro_db.driving.judge import Judge, Verdicts
from cerebro_db.driving.life import Life
from cerebro_db.driving.lives import Lives
from cerebro_db.driving.logbook import Logbook, Measured
from cerebro_db.driving.results import Results
from cerebro_db.errors import InvalidArgument
from cerebro_db.search import End
from cerebro_db.session.client import ClientSession
from cerebro_db.store import runs
from cerebro_db.store.configs import Config
from cerebro_db.units import Outcome, Unit
from cerebro_db.words import figure


class Conductor:
    """The events of one run, each a transaction of the books with all that follows from it.

    Args:
        control: the session that records.
        run: the run.
        lives: where its configurations stand.
        results: who is best.
        logbook: its epochs.
        judge: its search.
        herald: tells the caller.
    """

    def __init__(
        self,
        control: ClientSession,
        run: runs.Run,
        lives: Lives,
        results: Results,
        logbook: Logbook,
        judge: Judge,
        herald: Herald,
    ) -> None:
        self._control = control
        self._run = run
        self._lives = lives
        self._results = results
        self._logbook = logbook
        self._judge = judge
        self._herald = herald
        self._undefined = False

    def started(self, unit: Unit) -> None:
        """A unit was handed to a worker."""
        self._herald.begin()
        self._lives.started(unit.config)

    def trained(self, outcome: Outcome) -> None:
        """A unit was committed."""
        assert outcome.training is not None
        unit = outcome.unit
        self._lives.trained(unit.network)
        self._logbook.part(
            unit.network, unit.epoch, outcome.rows, outcome.training, outcome.validation
        )
        # Of several networks the last one ends it.
        if unit.last and self._lives[unit.config].trained == unit.epoch:
            self.end_epoch(unit.config, unit.epoch)

    def end_epoch(self, config: int, epoch: int) -> None:
        """All units of a configuration's epoch are committed."""
        measured = self._logbook.close_epoch(config, epoch)
        self._results.add(config, measured.result)
        # All of it or nothing: what a crash has taken is done again when the run goes on.
        with self._control.connection.transaction():
            self._lives.reach_milestone(config)
            told, verdicts = self._judge.measured(config, epoch, measured.result.value)
            self._logbook.record(measured, told)
            self.act_on(verdicts)
        self._tell_of(measured)
        self._tell_what_was_decided(verdicts)

    def failed(self, outcome: Outcome) -> None:
        """A configuration's unit raised an error; it ends once nothing of it is in flight."""
        unit = outcome.unit
        if outcome.diverged:
            self._lives.leave(unit.config, "diverged", str(outcome.error))
        else:
            place = f"(epoch {unit.epoch}, partition {unit.partition})"
            self._lives.leave(unit.config, "failed", f"{outcome.error} {place}")
        self.let_leave()

    def bring_in(self, config: Config) -> None:
        """A person has brought in a configuration."""
        with self._control.connection.transaction():
            verdicts = self._judge.brought(config)
            self.take_in(config)
            self.act_on(verdicts)
        self._tell_what_was_decided(verdicts)

    def rest(self, config: int) -> None:
        """A person wants a configuration to rest; it does once its units in flight are done."""
        self._lives.leave(config, "resting", "a person wants it to rest")
        self.let_leave()

    def tell_of_ends(self, standing: Sequence[Config]) -> None:
        """Tell the search of configurations that ended while nobody could tell it."""
        with self._control.connection.transaction():
            for config in standing:
                if config.status in ("failed", "diverged", "resting"):
                    how: End = "rested" if config.status == "resting" else config.status
                    self.act_on(self._judge.ended(config.config, how, str(config.error or "")))

    def let_leave(self) -> None:
        """See to those that are to leave and have nothing in flight."""
        if self._lives.may_leave:
            with self._control.connection.transaction():
                self._let_leave()

    def _let_leave(self) -> None:
        for life in self._lives.let_leave():
            if life.status not in ("resting", "diverged", "failed"):
                continue
            how: End = "rested" if life.status == "resting" else life.status
            verdicts = self._judge.ended(life.config, how, str(life.reason))
            self.act_on(verdicts)
            why = "rests" if life.status == "resting" else f"{life.status}: {life.reason}"
            self._herald.matters(f"config {life.config} {why}")
            self._tell_what_was_decided(verdicts)

    def act_on(self, verdicts: Verdicts) -> None:
        """Do what was decided."""
        for config in verdicts.failed:
            self._lives.note(config, there={})
        for config in verdicts.started:
            self.take_in(config)
        for number, decision in verdicts.going_on:
            self._lives.go_on(number, decision.until, decision.why, decision.rung)
        for number, why in verdicts.stopped:
            self._lives.leave(number, "stopped", why)
        self._let_leave()

    def take_in(self, config: Config) -> None:
        """Have a configuration train on, or begin; one that cannot has failed."""
        try:
            self._lives.take_in(config)
        except InvalidArgument as error:
            self._lives.leave(config.config, "failed", f"{error.message}: {error.detail}")
            self.let_leave()

    def _tell_of(self, measured: Measured) -> None:
        life = self._lives[measured.config]
        epoch = measured.result.epoch
        which = "" if measured.validation is None else "validation "
        value = f"{which}{self._run.metric} {figure(measured.value)}"
        text = f"config {life.config} epoch {epoch}/{life.epochs}: " + (
            f"loss {figure(measured.training['loss'])}, {value}"
        )
        if math.isnan(measured.value) and not self._undefined:
            self._undefined = True
            rows = "training" if measured.validation is None else "validation"
            self._herald.must_know(
                f"{self._run.metric} is not defined by the {rows} data, which are of one"
                " class or value: the loss ranks the configurations"
            )
        self._herald.epoch(text, new_best=self._is_new_best(life, epoch))

    def _is_new_best(self, life: Life, epoch: int) -> bool:
        leader = self._results.leader(self._lives.failures)
        return leader == life.config and self._results[leader].epoch == epoch

    def _tell_what_was_decided(self, verdicts: Verdicts) -> None:
        for config in verdicts.failed:
            self._herald.matters(f"config {config.config} failed: {config.error}")
        if stopped := [number for number, _ in verdicts.stopped]:
            going = [number for number, decision in verdicts.going_on if decision.why]
            text = f"{configurations(stopped)} stopped"
            if going:
                go = "goes" if len(going) == 1 else "go"
                until = max(decision.until for _, decision in verdicts.going_on)
                text += f", {configurations(going)} {go} on to epoch {until}"
            self._herald.matters(f"{text}: {verdicts.stopped[0][1]}")
