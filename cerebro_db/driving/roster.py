"""The configurations of a run, training or at rest: in the schedule, and in the tables."""

from __future__ import annotations

from cerebro_db.engines import RunPlace, Server
from cerebro_db.errors import InvalidArgument
from cerebro_db.planner import Schedule, visits
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs
from cerebro_db.store.configs import Config
from cerebro_db.words import counted


class Roster:
    """The configurations of a run that is being driven.

    Args:
        server: where their states are.
        control: the session that writes.
        place: the run.
        schedule: those that train.
    """

    def __init__(
        self, server: Server, control: ClientSession, place: RunPlace, schedule: Schedule
    ) -> None:
        self.done: dict[int, int] = {}
        """How many units have led to each configuration's state."""
        self._server = server
        self._control = control
        self._place = place
        self._schedule = schedule
        # Those whose states are kept, and not where units look for them.
        self._resting: set[int] = set()

    def note(self, config: Config, *, at_hand: bool) -> None:
        """Take note of a configuration, and whether its state is where units look for it."""
        self.done[config.config] = config.done
        if not at_hand:
            self._resting.add(config.config)

    def begin(self, config: int) -> None:
        """Have a new configuration of the search train from its beginning."""
        self.done[config] = 0
        self._schedule.add(config, self._place.epochs)

    def take_in(self, config: Config) -> None:
        """Have a configuration train on, or begin; a clone takes over its parent's state.

        Raises:
            InvalidArgument: there is no state any more to take over or to go on from.
        """
        number = config.config
        done = self._inherited(config) if config.start_units is None else config.done
        if number in self._resting:
            self._wake(number, done, config.walk)
            self._resting.remove(number)
        self.done[number] = done
        self._schedule.add(number, self._place.epochs, done, config.walk)

    def leave(self, config: int) -> None:
        """Take a configuration that is not in flight out of the schedule; its state is kept."""
        self._schedule.drop(config)
        if config not in self._resting:
            self._resting.add(config)
            if self.done[config]:
                self._keep(config)

    def _keep(self, config: int) -> None:
        """Keep the state of a configuration, in the place of what was kept of it."""
        done = self.done[config]
        with self._control.connection.transaction():
            self._server.keep_state(self._control, self._place, config, done, None)
            for number, units in configs.kept(self._control, self._place.run):
                if number == config and units != done:
                    configs.forget_kept(self._control, self._place.run, config, units)

    def _wake(self, config: int, done: int, walk: int) -> None:
        if not done:
            return
        if (config, done) in configs.kept(self._control, self._place.run):
            epoch, position = divmod(done, self._place.partitions)
            order = visits(self._place.seed, walk, epoch + 1, self._place.partitions)
            self._server.wake_state(self._control, self._place, config, done, order[position])
        elif done not in self._server.states(self._control, self._place).get(config, ()):
            raise InvalidArgument(
                f"configuration {config} cannot go on",
                detail="Its state was not kept when the run ended.",
                hint="Start it again: cerebro_clone with from_scratch := true.",
            )

    def _inherited(self, config: Config) -> int:
        """Copy the state that a clone starts from; return how many units have led to it."""
        parent = config.parent
        assert parent is not None
        done = self.done[parent]
        if done >= self._place.units:
            raise InvalidArgument(
                f"configuration {parent} was through before it could be cloned",
                detail=f"It has trained for {counted(self._place.epochs, 'epoch')}: all there are.",
                hint="Clone it with from_scratch := true.",
            )
        with self._control.connection.transaction():
            if done:
                if parent in self._resting:
                    self._wake(parent, done, config.walk)
                self._server.copy_state(self._control, self._place, parent, config.config, done)
            configs.start_at(self._control, self._place.run, config.config, done)
        return done
