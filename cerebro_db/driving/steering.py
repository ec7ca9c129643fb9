"""Acts between units on what people want of a run, and on the bounds of time."""

from __future__ import annotations

import time

from cerebro_db.driving.conductor import Conductor
from cerebro_db.driving.judge import Judge
from cerebro_db.driving.lives import Lives
from cerebro_db.driving.turns import require_caller
from cerebro_db.engines import RunPlace
from cerebro_db.errors import Cancelled, InUse, LimitExceeded
from cerebro_db.planner import Schedule
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs, runs, units
from cerebro_db.store.sessions import living
from cerebro_db.store.settings import Bounds

# How long people may wait to be noticed.
_SECONDS = 0.5


class Steering:
    """Looks, twice a second, at what is wanted of a run.

    ``stopped`` says why the run is to end before its time, once it is.

    Args:
        control: the session that looks.
        run, place: the run.
        schedule: those that train.
        lives, conductor, judge: who is told.
        bounds: what the administrator allows.

    It has to be there before the configurations are read, so as to miss no order.
    """

    def __init__(
        self,
        control: ClientSession,
        run: runs.Run,
        place: RunPlace,
        schedule: Schedule,
        lives: Lives,
        conductor: Conductor,
        judge: Judge,
        bounds: Bounds,
    ) -> None:
        self.stopped: str | None = None
        self._control = control
        self._run = run
        self._place = place
        self._schedule = schedule
        self._lives = lives
        self._conductor = conductor
        self._judge = judge
        self._bounds = bounds
        self._began = self._looked = time.monotonic()
        # Of a search that states some: checked when it was made.
        self._seconds = run.search.get("seconds")
        # What earlier planners have used of them.
        self._used = 0.0 if self._seconds is None else units.seconds(control, run.id)
        self._own = living(control).own
        self._orders = self._heeded().count

    def look(self) -> None:
        """Act on what has changed since the last look.

        Raises:
            Cancelled: somebody has cancelled the run.
            LimitExceeded: its states are larger than they may be.
        """
        now = time.monotonic()
        if now - self._looked >= _SECONDS:
            self._looked = now
            self._read_orders()
            self._check_time(now)
        if self.stopped is not None:
            self._schedule.drop_idle()
        elif self._judge.time_is_up is not None:
            # Refits come after the search, however long that was.
            self._schedule.drop_idle(refits=False)
        else:
            self._conductor.let_leave()

    def check_states(self) -> None:
        """Compare the size of all states with the bound.

        Raises:
            LimitExceeded: they are larger.
        """
        if self._bounds.state_mb is None:
            return
        taken = units.state_bytes(self._control, self._place.run)
        if taken > self._bounds.state_mb * 2**20:
            raise LimitExceeded(
                f'the states of run "{self._run.name}" are larger than they may be',
                detail=f"They take {taken / 2**20:,.0f} MB; cerebro.settings.state_mb is "
                f"{self._bounds.state_mb:,}.",
                hint="Search over fewer configurations or smaller ones. After the bound is raised, "
                "cerebro_resume goes on with the run.",
            )

    def _read_orders(self) -> None:
        orders = self._heeded()
        require_caller(orders, self._run.name)
        if orders.wanted == "cancel":
            raise Cancelled(
                f'run "{self._run.name}" was cancelled',
                detail="Somebody called cerebro_cancel.",
                hint="cerebro_resume goes on with it.",
            )
        if orders.wanted == "stop" and self.stopped is None:
            self.stopped = "cerebro_stop"
        if orders.count == self._orders:
            return
        self._orders = orders.count
        for config in configs.all_of(self._control, self._place.run):
            if config.wanted == "rest":
                if self._lives.may_rest(config.config):
                    self._conductor.rest(config.config)
            elif config.status == "waiting" and config.config not in self._schedule:
                # One that waits may have been taken in, and not started yet.
                if self._judge.knows(config):
                    self._conductor.take_in(config)
                else:
                    self._conductor.bring_in(config)

    def _heeded(self) -> runs.Orders:
        """Return what is wanted of the run, as long as it is for this planner to see to it.

        Raises:
            InUse: another session drives the run.
        """
        orders = runs.orders(self._control, self._place.run)
        if orders.planner != self._own:
            raise InUse(
                f'run "{self._run.name}" is no longer driven by this session',
                detail=f"This is session {self._own}; cerebro._runs has {orders.planner}.",
                hint="cerebro.runs shows how the run stands; cerebro_resume goes on with it.",
            )
        return orders

    def _check_time(self, now: float) -> None:
        most = self._bounds.run_seconds
        if most is not None and now - self._began > most and self.stopped is None:
            self.stopped = f"cerebro.settings.run_time: {most:,.0f} s are over"
        if self._seconds is not None and self._judge.time_is_up is None:
            used = self._used + now - self._began
            if used > self._seconds and self._lives.are_open:
                self._judge.end_of_time(f"its {self._seconds:g} s are used up")
