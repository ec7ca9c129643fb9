"""The units that are left, and the next one to start.

A configuration's next partition is fixed by ``visits``; what is left to decide is who goes first
where, and that is ``Pairing``'s.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cerebro_db.planner.order import visits
from cerebro_db.planner.pairing import Pairing
from cerebro_db.units import Slot, Unit


@dataclass
class _Course:
    """How far one configuration has come, on the way that ``walk`` begins."""

    config: int
    walk: int
    done: int = 0
    order: tuple[int, ...] = ()

    @property
    def partition(self) -> int:
        """The partition of the configuration's next unit."""
        return self.order[self.done % len(self.order)]


class Schedule:
    """Hands out every (config, epoch, partition) once, and a configuration to one worker at a time.

    Neither more configurations nor more starved workers make starting and completing a unit slower,
    but for a heap's logarithm.

    Args:
        partitions: number of partitions, at least 1.
        epochs: number of epochs of every configuration, at least 1.
        seed: the run's seed.
    """

    def __init__(self, partitions: int, epochs: int, seed: int) -> None:
        self.partitions = partitions
        self.epochs = epochs
        self.seed = seed
        self._courses: dict[int, _Course] = {}
        self._pairing = Pairing(partitions)
        self._busy: dict[int, Unit] = {}
        self._units_left = 0
        # How many configurations have their latest state from each epoch, 0 where they have none.
        self._latest: Counter[int] = Counter()

    @property
    def finished(self) -> bool:
        """Whether no unit is left to start or in flight."""
        return not self._courses

    @property
    def busy(self) -> frozenset[int]:
        """The configurations with a unit in flight."""
        return frozenset(self._busy)

    @property
    def units_left(self) -> int:
        """The number of units that are not committed yet."""
        return self._units_left

    @property
    def oldest_epoch(self) -> int:
        """The earliest epoch that left a state which is still needed; the last one always is."""
        return min(self._latest, default=self.epochs)

    def __contains__(self, config: int) -> bool:
        """Return whether a configuration has units left, and is not taken out."""
        return config in self._courses

    def add(self, config: int, done: int = 0, walk: int | None = None) -> None:
        """Bring in a configuration that has already committed its first ``done`` units.

        Args:
            walk: whose order of the partitions it goes by, its own unless another is named: one
                that takes up another's state in the midst of an epoch visits what is left of it.
        """
        if config in self._courses:
            raise ValueError(f"configuration {config} is scheduled already")
        if done < self.partitions * self.epochs:
            course = _Course(config, config if walk is None else walk, done)
            self._courses[config] = course
            self._count(course, 1)
            self._rest(course)

    def offer(self, slot: Slot) -> None:
        """Take in a worker that became free; it is kept until it gets a unit."""
        self._pairing.offer(slot)

    def next(self) -> tuple[int, Unit] | None:
        """Take a free worker and the unit that it should start, if any can start one."""
        pair = self._pairing.next()
        if pair is None:
            return None
        worker, config = pair
        course = self._courses[config]
        epoch, position = divmod(course.done, self.partitions)
        last = position + 1 == self.partitions
        onward = self._onward(course, epoch, position)
        unit = Unit(config, epoch + 1, course.partition, position, last, onward)
        self._busy[config] = unit
        return worker, unit

    def complete(self, unit: Unit) -> None:
        """Record that a unit was committed; its configuration may hop on."""
        course = self._take_back(unit)
        self._count(course, -1)
        course.done += 1
        if course.done == self.partitions * self.epochs:
            del self._courses[course.config]
        else:
            self._count(course, 1)
            self._rest(course)

    def give_back(self, unit: Unit) -> None:
        """Record that a unit was undone; it will be handed out again."""
        self._rest(self._take_back(unit))

    def drop(self, config: int) -> None:
        """Take a configuration out for good, whether idle, in flight or finished."""
        course = self._courses.pop(config, None)
        if course is None:
            return
        self._count(course, -1)
        if self._busy.pop(config, None) is None:
            self._pairing.withdraw(config, course.done, course.partition)

    def drop_idle(self) -> None:
        """Take out all configurations that have no unit in flight."""
        for config in self._courses.keys() - self._busy.keys():
            self.drop(config)

    def _onward(self, course: _Course, epoch: int, position: int) -> int:
        """Return where a configuration goes after a unit; where it stays if that ends it."""
        if position + 1 < self.partitions:
            return course.order[position + 1]
        if epoch + 1 < self.epochs:
            return visits(self.seed, course.walk, epoch + 2, self.partitions)[0]
        return course.order[position]

    def _take_back(self, unit: Unit) -> _Course:
        if self._busy.get(unit.config) != unit:
            raise ValueError(f"{unit} is not in flight")
        del self._busy[unit.config]
        return self._courses[unit.config]

    def _rest(self, course: _Course) -> None:
        epoch, position = divmod(course.done, self.partitions)
        if not course.order or position == 0:
            course.order = visits(self.seed, course.walk, epoch + 1, self.partitions)
        self._pairing.rest(course.config, course.done, course.partition)

    def _count(self, course: _Course, sign: int) -> None:
        """Add a configuration's units and latest state to the totals, or take them out."""
        self._units_left += sign * (self.partitions * self.epochs - course.done)
        epoch = (course.done - 1) // self.partitions + 1
        self._latest[epoch] += sign
        if not self._latest[epoch]:
            del self._latest[epoch]
