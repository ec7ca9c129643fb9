"""The units that are left, and the next one to start.

A configuration's next partition is fixed by ``visits``; what is left to decide is who goes first
where, and that is ``Pairing``'s. Each configuration trains up to a milestone of its own;
there it waits, until somebody moves the milestone or takes it out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from cerebro_db.planner.order import visits
from cerebro_db.planner.pairing import Pairing
from cerebro_db.units import Slot, Unit


@dataclass
class _Course:
    """How far one configuration has come, on the way that ``walk`` begins.

    ``until`` is its milestone; both are counted in units. ``epochs`` is its budget.
    """

    config: int
    walk: int
    until: int
    epochs: int
    done: int = 0
    order: tuple[int, ...] = ()

    @property
    def partition(self) -> int:
        """The partition of the configuration's next unit."""
        return self.order[self.done % len(self.order)]

    @property
    def left(self) -> int:
        """How many units it may still do."""
        return max(self.until - self.done, 0)


class Schedule:
    """Hands out every (config, epoch, partition) once, and a configuration to one worker at a time.

    Neither more configurations nor more starved workers make starting and completing a unit slower,
    but for a heap's logarithm.

    Args:
        partitions: number of partitions, at least 1.
        seed: the run's seed.
    """

    def __init__(self, partitions: int, seed: int) -> None:
        self.partitions = partitions
        self.seed = seed
        self._courses: dict[int, _Course] = {}
        self._pairing = Pairing(partitions)
        self._busy: dict[int, Unit] = {}
        self._active = 0
        self._units_left = 0
        # How many configurations do units of each epoch, and have come to the end of each last.
        self._inside: Counter[int] = Counter()
        self._ends: Counter[int] = Counter()

    @property
    def finished(self) -> bool:
        """Whether no unit is in flight, and none may start unless a milestone is moved."""
        return not self._active

    @property
    def busy(self) -> frozenset[int]:
        """The configurations with a unit in flight."""
        return frozenset(self._busy)

    @property
    def units_left(self) -> int:
        """The number of units up to all milestones that are not committed yet."""
        return self._units_left

    @property
    def inside(self) -> Collection[int]:
        """The epochs that configurations are in the midst of, or will begin."""
        return self._inside.keys()

    @property
    def ends(self) -> Collection[int]:
        """The epochs whose ends are the last that some configuration has come to."""
        return self._ends.keys()

    def __contains__(self, config: int) -> bool:
        """Return whether a configuration is scheduled: it trains, or waits at its milestone."""
        return config in self._courses

    def add(
        self,
        config: int,
        until: int,
        done: int = 0,
        walk: int | None = None,
        epochs: int | None = None,
    ) -> None:
        """Bring in a configuration that has already committed its first ``done`` units.

        Args:
            until: its milestone, in epochs.
            walk: whose order of the partitions it goes by, its own unless another is named: one
                that takes up another's state in the midst of an epoch visits what is left of it.
            epochs: its budget, by which its units know how far it is; its milestone by default.
        """
        if config in self._courses:
            raise ValueError(f"configuration {config} is scheduled already")
        walk = config if walk is None else walk
        course = _Course(config, walk, until * self.partitions, epochs or until, done)
        self._courses[config] = course
        self._count(course, 1)
        self._rest(course)

    def extend(self, config: int, until: int) -> None:
        """Move a configuration's milestone, in epochs, which it may wait at or not have come to."""
        course = self._courses[config]
        waits = not course.left
        self._count(course, -1)
        course.until = max(course.until, until * self.partitions)
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
        worker, config = pair
        course = self._courses[config]
        epoch, position = divmod(course.done, self.partitions)
        last = position + 1 == self.partitions
        onward = self._onward(course, epoch, position)
        order, epochs = course.order, course.epochs
        unit = Unit(config, epoch + 1, course.partition, position, last, onward, order, epochs)
        self._busy[config] = unit
        return worker, unit

    def complete(self, unit: Unit) -> None:
        """Record that a unit was committed; its configuration may hop on, up to its milestone."""
        course = self._take_back(unit)
        self._count(course, -1)
        course.done += 1
        self._count(course, 1)
        self._rest(course)

    def give_back(self, unit: Unit) -> None:
        """Record that a unit was undone; it will be handed out again."""
        self._rest(self._take_back(unit))

    def drop(self, config: int) -> None:
        """Take a configuration out for good, whether idle, in flight or waiting."""
        course = self._courses.pop(config, None)
        if course is None:
            return
        self._count(course, -1)
        if self._busy.pop(config, None) is None and course.left:
            self._pairing.withdraw(config, course.done, course.partition)

    def drop_idle(self) -> None:
        """Take out all configurations that have no unit in flight."""
        for config in self._courses.keys() - self._busy.keys():
            self.drop(config)

    def _onward(self, course: _Course, epoch: int, position: int) -> int:
        """Return where a configuration goes after a unit, if it goes anywhere."""
        if position + 1 < self.partitions:
            return course.order[position + 1]
        return visits(self.seed, course.walk, epoch + 2, self.partitions)[0]

    def _take_back(self, unit: Unit) -> _Course:
        if self._busy.get(unit.config) != unit:
            raise ValueError(f"{unit} is not in flight")
        del self._busy[unit.config]
        return self._courses[unit.config]

    def _rest(self, course: _Course) -> None:
        if not course.left:
            return
        epoch, position = divmod(course.done, self.partitions)
        if not course.order or position == 0:
            course.order = visits(self.seed, course.walk, epoch + 1, self.partitions)
        self._pairing.rest(course.config, course.done, course.partition)

    def _count(self, course: _Course, sign: int) -> None:
        """Add a configuration to the totals, or take it out."""
        self._units_left += sign * course.left
        self._active += sign * bool(course.left)
        epoch, position = divmod(course.done, self.partitions)
        if position or course.left:
            _add(self._inside, epoch + 1, sign)
        if epoch:
            _add(self._ends, epoch, sign)


def _add(counter: Counter[int], key: int, sign: int) -> None:
    counter[key] += sign
    if not counter[key]:
        del counter[key]
