"""The units that are left, and the next one to start.

A network's next partition is fixed by ``tour``; what is left to decide is who goes first
where, and that is ``Pairing``'s. All networks of a configuration train up to a milestone of its
own; there they wait, until somebody moves the milestone or takes the configuration out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from cerebro_db.folds import Folds
from cerebro_db.planner.order import tour
from cerebro_db.planner.pairing import Pairing
from cerebro_db.units import Network, Slot, Unit


@dataclass
class _Course:
    """How far one network has come on its way, the first ``trained`` units of which train it.

    ``until`` is its milestone; ``done`` too counts units. ``epochs`` is its budget. One that is
    ``leaving`` ends with the unit that it has in flight.
    """

    network: Network
    order: tuple[int, ...]
    trained: int
    until: int
    epochs: int
    done: int = 0
    leaving: bool = False

    @property
    def steps(self) -> int:
        """How many units an epoch has."""
        return len(self.order)

    @property
    def partition(self) -> int:
        """The partition of the network's next unit."""
        return self.order[self.done % self.steps]

    @property
    def left(self) -> int:
        """How many units it may still do."""
        return max(self.until - self.done, 0)

    @property
    def next(self) -> Unit:
        """Its next unit."""
        epoch, position = divmod(self.done, self.steps)
        return Unit(
            self.network.config,
            epoch + 1,
            self.partition,
            position,
            last=position + 1 == self.steps,
            onward=self.order[(position + 1) % self.steps],
            order=self.order[: self.trained],
            epochs=self.epochs,
            fold=self.network.fold,
            measures=position >= self.trained,
        )


class Schedule:
    """Hands out every (network, epoch, partition) once, and a network to one worker at a time.

    Neither more networks nor more starved workers make starting and completing a unit slower,
    but for a heap's logarithm.

    Args:
        folds: how the partitions are shared out, or their number, at least 1, where they are not.
        seed: the run's seed.
    """

    def __init__(self, folds: Folds | int, seed: int) -> None:
        self.folds = Folds(folds) if isinstance(folds, int) else folds
        self.seed = seed
        self._courses: dict[Network, _Course] = {}
        self._pairing = Pairing(self.folds.partitions)
        self._busy: dict[Network, Unit] = {}
        self._active = 0
        self._units_left = 0
        # How many networks do units of each epoch, and have come to the end of each last.
        self._inside: Counter[int] = Counter()
        self._ends: Counter[int] = Counter()

    @property
    def finished(self) -> bool:
        """Whether no unit is in flight, and none may start unless a milestone is moved."""
        return not self._active

    @property
    def busy(self) -> frozenset[int]:
        """The configurations with a unit in flight, but for that of a refit."""
        return frozenset(
            network.config for network in self._busy if not self.folds.refits(network.fold)
        )

    @property
    def units_left(self) -> int:
        """The number of units up to all milestones that are not committed yet."""
        return self._units_left

    @property
    def inside(self) -> Collection[int]:
        """The epochs that networks are in the midst of, or will begin."""
        return self._inside.keys()

    @property
    def ends(self) -> Collection[int]:
        """The epochs whose ends are the last that some network has come to."""
        return self._ends.keys()

    def __contains__(self, config: int) -> bool:
        """Return whether a configuration is scheduled: it trains, or waits at its milestone."""
        return bool(self._of(config))

    def add(
        self,
        config: int,
        until: int,
        done: int = 0,
        walk: int | None = None,
        epochs: int | None = None,
        fold: int = 0,
    ) -> None:
        """Bring in a network of a configuration, whose first ``done`` units are committed.

        Args:
            until: its milestone, in epochs.
            walk: whose order of the partitions it goes by, its own unless another is named: one
                that takes up another's state in the midst of an epoch visits what is left of it.
            epochs: its budget, by which its units know how far it is; its milestone by default.
            fold: which of its networks; 0 where it has one alone, and for its refit.
        """
        network = Network(config, fold)
        if network in self._courses:
            raise ValueError(f"{network} is scheduled already")
        order = tour(self.seed, config if walk is None else walk, fold, self.folds)
        trained = len(self.folds.trained(fold))
        course = _Course(network, order, trained, until * len(order), epochs or until, done)
        self._courses[network] = course
        self._count(course, 1)
        self._rest(course)

    def extend(self, config: int, until: int, *, refit: bool = False) -> None:
        """Move a configuration's milestone, or its refit's, in epochs; it may wait there, or not
        have come to it."""
        for course in self._of(config, refit=refit):
            waits = not course.left
            self._count(course, -1)
            course.until = max(course.until, until * course.steps)
            course.epochs = max(course.epochs, until)
            self._count(course, 1)
            if waits:
                self._rest(course)

    def offer(self, slot: Slot) -> None:
        """Take in a worker that became free; it is kept until it gets a unit."""
        self._pairing.offer(slot)

    def next(self) -> tuple[int, Unit] | None:
        """Take a free worker and the unit that it should start, if any can start one."""
        pair = self._pairing.next()
        if pair is None:
            return None
        worker, network = pair
        unit = self._courses[network].next
        self._busy[network] = unit
        return worker, unit

    def complete(self, unit: Unit) -> None:
        """Record that a unit was committed; its network may hop on, up to its milestone."""
        course = self._take_back(unit)
        self._count(course, -1)
        course.done += 1
        self._count(course, 1)
        self._go_on(course)

    def give_back(self, unit: Unit) -> None:
        """Record that a unit was undone; it will be handed out again."""
        self._go_on(self._take_back(unit))

    def fail(self, unit: Unit) -> None:
        """Record that a unit cannot be done: what it was for begins nothing more."""
        self.give_back(unit)
        self.halt(unit.config, refit=self.folds.refits(unit.fold))

    def halt(self, config: int, *, refit: bool = False) -> None:
        """Have a configuration, or its refit, begin nothing more: its milestone is where its
        networks are, or come with what they have in flight."""
        for course in self._of(config, refit=refit):
            flies = course.network in self._busy
            if course.left and not flies:
                self._pairing.withdraw(course.network, course.done, course.partition)
            self._count(course, -1)
            course.until = course.done + flies
            self._count(course, 1)

    def drop(self, config: int, *, refit: bool = False) -> None:
        """Take a configuration, or its refit, out for good, once its units in flight have ended."""
        self.halt(config, refit=refit)
        for course in self._of(config, refit=refit):
            if course.network in self._busy:
                course.leaving = True
            else:
                self._remove(course)

    def drop_idle(self, *, refits: bool = True) -> None:
        """Take out all networks that have no unit in flight, and the others once that is done.

        Args:
            refits: whether refits are taken out as well.
        """
        for config in {network.config for network in self._courses}:
            self.drop(config)
            if refits and self.folds.count:
                self.drop(config, refit=True)

    def _of(self, config: int, *, refit: bool = False) -> list[_Course]:
        """Return how far a configuration's networks have come, or its refit alone."""
        folds = (0,) if refit else self.folds.networks
        found = (self._courses.get(Network(config, fold)) for fold in folds)
        return [course for course in found if course is not None]

    def _take_back(self, unit: Unit) -> _Course:
        if self._busy.get(unit.network) != unit:
            raise ValueError(f"{unit} is not in flight")
        del self._busy[unit.network]
        return self._courses[unit.network]

    def _go_on(self, course: _Course) -> None:
        if course.leaving:
            self._remove(course)
        else:
            self._rest(course)

    def _remove(self, course: _Course) -> None:
        self._count(course, -1)
        del self._courses[course.network]

    def _rest(self, course: _Course) -> None:
        if course.left:
            self._pairing.rest(course.network, course.done, course.partition)

    def _count(self, course: _Course, sign: int) -> None:
        """Add a network to the totals, or take it out."""
        self._units_left += sign * course.left
        self._active += sign * bool(course.left)
        epoch, position = divmod(course.done, course.steps)
        if position or course.left:
            _add(self._inside, epoch + 1, sign)
        if epoch:
            _add(self._ends, epoch, sign)


def _add(counter: Counter[int], key: int, sign: int) -> None:
    counter[key] += sign
    if not counter[key]:
        del counter[key]
