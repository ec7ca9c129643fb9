"""The refits of configurations that serve: one network each, trained on all rows.

They come after the search, and once it is known what serves. A refit is trained for as many epochs
as its configuration's best one has, of the same budget: so its rates are those that the networks of
the folds had on their way there. Its units are units like others, and a planner that takes the run
up goes on with them: until it knows what serves, refits wait where they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from cerebro_db.driving.herald import Herald, configurations
from cerebro_db.driving.lives import Lives
from cerebro_db.engines import RunPlace, Server
from cerebro_db.planner import Schedule, tour
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs, units
from cerebro_db.units import Network, Outcome


class Refits:
    """The refits of one run.

    Args:
        server: where states are.
        control: the session that reads and writes.
        place: the run.
        schedule: what they are trained by.
        lives: the configurations.
        herald: tells the caller.
    """

    def __init__(
        self,
        server: Server,
        control: ClientSession,
        place: RunPlace,
        schedule: Schedule,
        lives: Lives,
        herald: Herald,
    ) -> None:
        self._server = server
        self._control = control
        self._place = place
        self._schedule = schedule
        self._lives = lives
        self._herald = herald
        # The epochs that each is to train.
        self._until: dict[int, int] = {}
        self._failed: set[int] = set()
        self.units = 0
        """The number of units that this planner has seen committed."""

    @property
    def under_way(self) -> bool:
        """Whether any was begun: the search is over then, unless a person wants more of it."""
        return bool(self._until)

    def take_up(self) -> None:
        """Have what other planners have begun wait where it is: nobody drops its states then,
        whatever else trains before ``begin`` goes on with it."""
        # Before the states, as there.
        done = units.done(self._control, self._place.run)
        there = self._server.states(self._control, self._place)
        for network, before in done.items():
            if not self._place.folds.refits(network.fold):
                continue
            last = max((own for own in there.get(network, ()) if own <= before), default=0)
            if last:
                life = self._lives[network.config]
                self._schedule.add(network.config, 0, last, life.walk, life.epochs)

    def begin(self, wanted: Mapping[int, int]) -> bool:
        """Have refits train, as far as they have not yet; return whether there are any.

        Args:
            wanted: the configurations that are to have one, with its epochs.
        """
        # Before the states: a worker that another planner has left behind may commit one more unit.
        done = units.done(self._control, self._place.run)
        there = self._server.states(self._control, self._place)
        kept = configs.kept(self._control, self._place.run)
        steps = self._place.folds.steps(0)
        begun: dict[int, int] = {}
        for config, epochs in wanted.items():
            network = Network(config, 0)
            has = {0, *there.get(network, ()), *(own for of, own in kept if of == network)}
            target = epochs * steps
            if target in has or config in self._failed:
                continue
            begun[config] = epochs
            if config in self._until:
                # Its configuration has trained on meanwhile, to a later best epoch.
                self._schedule.extend(config, epochs, refit=True)
                continue
            before = done.get(network, 0)
            last = max(own for own in has if own <= min(before, target))
            if last < before:
                # A crash has taken the state, or it was not kept.
                units.forget_refit(self._control, self._place.run, config, steps, last)
            life = self._lives[config]
            if last and last not in there.get(network, ()):
                order = tour(self._place.seed, life.walk, 0, self._place.folds)
                onward = order[last % len(order)]
                self._server.wake_state(self._control, self._place, network, last, onward)
            # It waits no longer.
            self._schedule.drop(config, refit=True)
            self._schedule.add(config, epochs, last, life.walk, life.epochs)
        self._until.update(begun)
        lasting = {config: own for config, own in wanted.items() if config not in self._failed}
        configs.set_refits(self._control, self._place.run, lasting)
        if begun:
            self._herald.matters(f"{configurations(list(begun))} train on all rows now")
        return bool(begun)

    def trained(self) -> None:
        """A unit of one was committed."""
        self.units += 1

    def failed(self, outcome: Outcome) -> None:
        """A unit of one raised an error: its configuration does without."""
        config = outcome.unit.config
        self._failed.add(config)
        self._schedule.drop(config, refit=True)
        self._herald.must_know(
            f"config {config} cannot be refitted on all rows, and the mean of its folds' networks "
            f"predicts: {outcome.error}"
        )
