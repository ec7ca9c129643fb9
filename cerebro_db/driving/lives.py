"""The configurations of a run that is being driven: their lives, in the schedule and the tables.

Whatever happens to a configuration happens here: the change of status, what it means for the
schedule, and where its state has to be then.
"""

from __future__ import annotations

from collections.abc import Iterator

from cerebro_db.driving.life import OPEN, TRAINING, Life
from cerebro_db.engines import RunPlace, Server
from cerebro_db.errors import InvalidArgument
from cerebro_db.planner import Schedule, visits
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs
from cerebro_db.store.configs import Config, Status
from cerebro_db.words import counted


class Lives:
    """All configurations of one run.

    Args:
        server: where their states are.
        control: the session that writes.
        place: the run.
        schedule: those that train, and those that may go on.
    """

    def __init__(
        self, server: Server, control: ClientSession, place: RunPlace, schedule: Schedule
    ) -> None:
        self._server = server
        self._control = control
        self._place = place
        self._schedule = schedule
        self._all: dict[int, Life] = {}
        self._units = 0
        # What is to become of configurations once their unit in flight is done.
        self._leaving: dict[int, tuple[Status, str]] = {}

    def __getitem__(self, config: int) -> Life:
        return self._all[config]

    def __iter__(self) -> Iterator[Life]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, config: int) -> bool:
        return config in self._all

    @property
    def units(self) -> int:
        """The number of units that have led to the states of all configurations."""
        return self._units

    @property
    def failures(self) -> dict[int, str]:
        """Why configurations diverged or failed, with which of the two, by number."""
        return {
            life.config: f"{life.status}: {life.reason}"
            for life in self
            if life.status in ("diverged", "failed")
        }

    def note(self, config: Config, *, at_hand: bool) -> None:
        """Take in a configuration as the tables have it, and whether its state is at hand."""
        epochs = config.epochs or self._place.epochs
        self._all[config.config] = Life(
            config=config.config,
            status=config.status,
            done=config.done,
            until=config.until or epochs,
            epochs=epochs,
            at_hand=at_hand,
            walk=config.walk,
            parent=config.parent,
            reason=config.reason or config.error,
        )
        self._units += config.done

    def take_in(self, config: Config) -> None:
        """Have a configuration train on, or begin, and wait where its milestone is.

        One that has a parent takes over its state first.

        Raises:
            InvalidArgument: there is no state any more to take over or to go on from.
        """
        number = config.config
        if number not in self:
            self.note(config, at_hand=not config.done)
        life = self._all[number]
        life.status, life.until = config.status, config.until or life.epochs
        if config.start_units is None or (config.start_units and not config.units):
            self._inherit(config)
        if not life.at_hand:
            self._wake(life)
        self._schedule.add(number, life.until, life.done, life.walk, life.epochs)

    def hold(self, config: int) -> None:
        """Have one that is through stay in the schedule, and so its state where it is."""
        life = self._all[config]
        self._schedule.add(config, life.until, life.done, life.walk, life.epochs)

    def started(self, config: int) -> None:
        """A unit of it was handed to a worker."""
        if self._all[config].status != "running":
            self._to(config, "running")

    def trained(self, config: int) -> None:
        """A unit of it was committed."""
        self._all[config].done += 1
        self._units += 1

    def reach_milestone(self, config: int) -> bool:
        """Have it finish, or pause, if it has come to its milestone; return whether it has."""
        life = self._all[config]
        if life.done < life.until * self._place.partitions or life.status not in TRAINING:
            return False
        self._to(config, "finished" if life.until >= life.epochs else "paused", life.reason)
        return True

    def go_on(self, config: int, until: int, why: str, rung: int | None) -> None:
        """Move its milestone to so many epochs."""
        life = self._all[config]
        life.until = max(until, life.until)
        configs.set_until(self._control, self._place.run, config, life.until, rung)
        if life.status == "paused":
            self._to(config, "waiting", why)
        self._schedule.extend(config, life.until)

    def leave(self, config: int, status: Status, reason: str) -> None:
        """Have it end, or rest, when ``let_leave`` next finds it with nothing in flight."""
        self._leaving[config] = status, reason

    @property
    def may_leave(self) -> bool:
        """Whether ``let_leave`` would take out any."""
        return not self._leaving.keys() <= self._schedule.busy

    def let_leave(self) -> list[Life]:
        """Take out those that are to leave and have nothing in flight; return them."""
        gone: list[Life] = []
        for config in sorted(self._leaving.keys() - self._schedule.busy):
            status, reason = self._leaving.pop(config)
            life = self._all[config]
            if life.status in OPEN:
                self._take_out(config, keep=status == "resting")
                self._to(config, status, reason)
                gone.append(life)
        return gone

    def may_rest(self, config: int) -> bool:
        """Return whether a configuration is open, and stays so as far as anybody knows."""
        return config in self and config not in self._leaving and self._all[config].status in OPEN

    def end(self, config: int, status: Status, error: str) -> None:
        """Mark one that diverged or failed, and has nothing in flight; its state is kept."""
        self._leaving.pop(config, None)
        self._take_out(config, keep=True)
        self._to(config, status, error)

    def end_all(self, reason: str) -> None:
        """Stop what is open yet: the run ends without it."""
        for life in self:
            if life.status in OPEN:
                self._schedule.drop(life.config)
                self._to(life.config, "stopped", reason)

    def _to(self, config: int, status: Status, reason: str | None = None) -> None:
        self._all[config].to(status, reason)
        is_error = status in ("diverged", "failed")
        configs.set_status(
            self._control,
            self._place.run,
            config,
            status,
            error=reason if is_error else None,
            reason=None if is_error else reason,
        )

    def _take_out(self, config: int, *, keep: bool) -> None:
        """Take one out of the schedule; what is kept of its state it can go on from later."""
        life = self._all[config]
        self._schedule.drop(config)
        if keep and life.at_hand:
            life.at_hand = not life.done
            if life.done:
                self._server.keep_state(self._control, self._place, config, life.done, None)

    def _wake(self, life: Life) -> None:
        """Put a kept state back to where the configuration's next unit looks for it.

        Raises:
            InvalidArgument: it was not kept.
        """
        if life.done:
            self._put_back(life.config, life.done, life.walk)
        life.at_hand = True

    def _put_back(self, config: int, done: int, walk: int) -> None:
        if (config, done) in configs.kept(self._control, self._place.run):
            epoch, position = divmod(done, self._place.partitions)
            order = visits(self._place.seed, walk, epoch + 1, self._place.partitions)
            self._server.wake_state(self._control, self._place, config, done, order[position])
        elif done not in self._server.states(self._control, self._place).get(config, ()):
            raise InvalidArgument(
                f"configuration {config} cannot go on",
                detail="Its state was not kept.",
                hint="Start it again: cerebro_clone with from_scratch := true.",
            )

    def _inherit(self, config: Config) -> None:
        """Copy the state that a configuration with a parent starts from, if it has not got it.

        Where it does not say after how many units, that is the parent's state of this moment.
        """
        life, parent = self._all[config.config], self._all[config.parent or 0]
        if config.start_units is None:
            done = parent.done
        elif config.start_units in self._states_of(config.config):
            return
        else:
            done = config.start_units
        if done >= life.epochs * self._place.partitions:
            raise InvalidArgument(
                f"configuration {parent.config} was through before it could be cloned",
                detail=f"It has trained for {counted(life.epochs, 'epoch')}: all there are.",
                hint="Clone it with from_scratch := true.",
            )
        with self._control.connection.transaction():
            if done:
                if done not in self._states_of(parent.config):
                    self._put_back(parent.config, done, config.walk)
                self._server.copy_state(
                    self._control, self._place, parent.config, config.config, done
                )
            configs.start_at(self._control, self._place.run, config.config, done)
        self._units += done - life.done
        life.done, life.at_hand = done, True

    def _states_of(self, config: int) -> set[int]:
        return self._server.states(self._control, self._place).get(config, set())
