"""The configurations of a run that is being driven: their lives, in the schedule and the tables.

Whatever happens to a configuration happens here: the change of status, what it means for the
schedule, and where its state has to be then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from cerebro_db.driving.life import OPEN, TRAINING, Life, Progress
from cerebro_db.engines import RunPlace, Server
from cerebro_db.errors import InvalidArgument
from cerebro_db.planner import Schedule, tour
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs
from cerebro_db.store.configs import Config, Status
from cerebro_db.units import Network
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
        self._folds = place.folds
        self._all: dict[int, Life] = {}
        self._units = 0
        # What is to become of configurations once their units in flight are done.
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

    @property
    def are_open(self) -> bool:
        """Whether the search is not over yet: how some configuration ends is not decided."""
        return any(life.status in OPEN for life in self)

    def note(self, config: Config, *, there: Mapping[Network, Collection[int]]) -> None:
        """Take in a configuration as the tables have it.

        Args:
            there: after how many units networks have a state where their next unit looks for it.
        """
        epochs = config.epochs or self._place.epochs
        networks = {
            network.fold: Progress(
                done,
                self._folds.steps(network.fold),
                at_hand=not done or done in there.get(network, ()),
            )
            for network, done in config.done(self._folds).items()
        }
        self._all[config.config] = Life(
            config=config.config,
            status=config.status,
            networks=networks,
            until=config.until or epochs,
            epochs=epochs,
            walk=config.walk,
            parent=config.parent,
            reason=config.reason or config.error,
        )
        self._units += sum(network.done for network in networks.values())

    def take_in(self, config: Config) -> None:
        """Have a configuration train on, or begin, and wait where its milestone is.

        One that has a parent takes over its states first.

        Raises:
            InvalidArgument: there is no state any more to take over or to go on from.
        """
        number = config.config
        if number not in self:
            self.note(config, there={})
        life = self._all[number]
        life.status, life.until = config.status, config.until or life.epochs
        if config.start_units is None or (config.start_units and not config.units):
            self._inherit(config)
        for fold, network in life.networks.items():
            if not network.at_hand:
                self._wake(life, fold)
        self.hold(number)

    def hold(self, config: int) -> None:
        """Have one in the schedule: if it is through, so that its states stay where they are."""
        life = self._all[config]
        for fold, network in life.networks.items():
            self._schedule.add(config, life.until, network.done, life.walk, life.epochs, fold=fold)

    def started(self, config: int) -> None:
        """A unit of it was handed to a worker."""
        if self._all[config].status != "running":
            self._to(config, "running")

    def trained(self, network: Network) -> None:
        """A unit of a network was committed."""
        self._all[network.config].networks[network.fold].done += 1
        self._units += 1

    def reach_milestone(self, config: int) -> bool:
        """Have it finish, or pause, if it has come to its milestone; return whether it has."""
        life = self._all[config]
        if life.trained < life.until or life.status not in TRAINING:
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
        if config not in self._leaving:
            self._schedule.extend(config, life.until)

    def leave(self, config: int, status: Status, reason: str) -> None:
        """Have it end, or rest, when ``let_leave`` next finds it with nothing in flight.

        What is a fault of one of its networks comes before what was decided of it.
        """
        before = self._leaving.get(config)
        if before is None or before[0] not in ("failed", "diverged"):
            self._leaving[config] = status, reason
        self._schedule.halt(config)

    @property
    def may_leave(self) -> bool:
        """Whether ``let_leave`` would take out any."""
        return not self._leaving.keys() <= self._schedule.busy

    def let_leave(self) -> list[Life]:
        """Take out those that are to leave and have nothing in flight; return them.

        What diverged or failed, or rests, keeps its states.
        """
        gone: list[Life] = []
        for config in sorted(self._leaving.keys() - self._schedule.busy):
            status, reason = self._leaving.pop(config)
            life = self._all[config]
            if life.status in OPEN:
                self._take_out(config, keep=status != "stopped")
                self._to(config, status, reason)
                gone.append(life)
        return gone

    def may_rest(self, config: int) -> bool:
        """Return whether a configuration is open, and stays so as far as anybody knows."""
        return config in self and config not in self._leaving and self._all[config].status in OPEN

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
        """Take one out of the schedule; what is kept of its states it can go on from later."""
        life = self._all[config]
        self._schedule.drop(config)
        for fold, network in life.networks.items():
            if keep and network.at_hand:
                network.at_hand = not network.done
                if network.done:
                    self._server.keep_state(
                        self._control, self._place, Network(config, fold), network.done, None
                    )

    def _wake(self, life: Life, fold: int) -> None:
        """Put a kept state back to where its network's next unit looks for it.

        Raises:
            InvalidArgument: it was not kept.
        """
        network = life.networks[fold]
        if network.done:
            self._put_back(Network(life.config, fold), network.done, life.walk)
        network.at_hand = True

    def _put_back(self, network: Network, done: int, walk: int) -> None:
        if (network, done) in configs.kept(self._control, self._place.run):
            order = tour(self._place.seed, walk, network.fold, self._folds)
            onward = order[done % len(order)]
            self._server.wake_state(self._control, self._place, network, done, onward)
        elif done not in self._states_of(network):
            raise InvalidArgument(
                f"configuration {network.config} cannot go on",
                detail="Its state was not kept.",
                hint="Start it again: cerebro_clone with from_scratch := true.",
            )

    def _inherit(self, config: Config) -> None:
        """Copy the states that a configuration with a parent starts from, if it has not got them.

        Where it does not say after how many units, those are the parent's states of this moment; of
        several networks, those after the last epoch that all of them have done.
        """
        life, parent = self._all[config.config], self._all[config.parent or 0]
        start = self._started_at(parent) if config.start_units is None else config.start_units
        shares = {fold: self._folds.share(start, fold) for fold in life.networks}
        if config.start_units is not None and all(
            done in self._states_of(Network(config.config, fold)) for fold, done in shares.items()
        ):
            return
        if start >= life.epochs * self._folds.hops:
            raise InvalidArgument(
                f"configuration {parent.config} was through before it could be cloned",
                detail=f"It has trained for {counted(life.epochs, 'epoch')}: all there are.",
                hint="Clone it with from_scratch := true.",
            )
        with self._control.connection.transaction():
            for fold, done in shares.items():
                self._take_over(Network(parent.config, fold), config, done)
            configs.start_at(self._control, self._place.run, config.config, start)
        for fold, done in shares.items():
            network = life.networks[fold]
            self._units += done - network.done
            network.done, network.at_hand = done, True

    def _started_at(self, parent: Life) -> int:
        """Return after how many units of a parent its clone begins."""
        if len(parent.networks) == 1:
            return sum(network.done for network in parent.networks.values())
        return parent.trained * self._folds.hops

    def _take_over(self, parent: Network, config: Config, done: int) -> None:
        if not done or done in self._states_of(Network(config.config, parent.fold)):
            return
        if done not in self._states_of(parent):
            self._put_back(parent, done, config.walk)
        self._server.copy_state(self._control, self._place, parent, config.config, done)

    def _states_of(self, network: Network) -> set[int]:
        return self._server.states(self._control, self._place).get(network, set())
