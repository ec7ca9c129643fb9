"""Which unit a free worker gets next.

A configuration's next partition is fixed by ``visits``; what is left to decide is which of the idle
configurations a worker takes. It prefers a partition that it already holds, then one that is its
own by rotation, so that caches stay small, then the configuration with the most work left.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from cerebro_db.engines import Slot, Unit
from cerebro_db.planner.order import visits


@dataclass
class _Course:
    """How far one configuration has come."""

    config: int
    done: int = 0
    order: tuple[int, ...] = ()


class Schedule:
    """Hands out every (config, epoch, partition) once, and a configuration to one worker at a time.

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
        # Idle configurations by the partition that they go to next, those with most left first.
        self._idle: dict[int, deque[_Course]] = {p: deque() for p in range(partitions)}
        self._busy: dict[int, Unit] = {}

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
        whole = self.partitions * self.epochs
        return sum(whole - course.done for course in self._courses.values())

    @property
    def oldest_epoch(self) -> int:
        """The earliest epoch that left a state which is still needed; the last one always is."""
        epochs = [(course.done - 1) // self.partitions + 1 for course in self._courses.values()]
        return min(epochs, default=self.epochs)

    def add(self, config: int, done: int = 0) -> None:
        """Bring in a configuration that has already committed its first ``done`` units."""
        if config in self._courses:
            raise ValueError(f"configuration {config} is scheduled already")
        if done < self.partitions * self.epochs:
            course = self._courses[config] = _Course(config, done)
            self._rest(course)

    def next(self, slot: Slot, workers: int = 1) -> Unit | None:
        """Take the unit that this free worker, one of ``workers``, should start, if any."""
        waiting = [p for p in slot.reachable if self._idle[p]]
        if not waiting:
            return None

        def rank(partition: int) -> tuple[bool, bool, int, int]:
            foremost = self._idle[partition][0]
            mine = partition % workers == slot.worker % workers
            return (partition not in slot.cached, not mine, foremost.done, foremost.config)

        partition = min(waiting, key=rank)
        course = self._idle[partition].popleft()
        epoch, position = divmod(course.done, self.partitions)
        unit = Unit(course.config, epoch + 1, partition, position, position + 1 == self.partitions)
        self._busy[course.config] = unit
        return unit

    def complete(self, unit: Unit) -> None:
        """Record that a unit was committed; its configuration may hop on."""
        course = self._take_back(unit)
        course.done += 1
        if course.done == self.partitions * self.epochs:
            del self._courses[course.config]
        else:
            self._rest(course)

    def give_back(self, unit: Unit) -> None:
        """Record that a unit was undone; it will be handed out again."""
        self._rest(self._take_back(unit))

    def drop(self, config: int) -> None:
        """Take a configuration out for good, whether idle, in flight or finished."""
        self._busy.pop(config, None)
        course = self._courses.pop(config, None)
        if course is not None:
            for queue in self._idle.values():
                if course in queue:
                    queue.remove(course)

    def _take_back(self, unit: Unit) -> _Course:
        if self._busy.get(unit.config) != unit:
            raise ValueError(f"{unit} is not in flight")
        del self._busy[unit.config]
        return self._courses[unit.config]

    def _rest(self, course: _Course) -> None:
        epoch, position = divmod(course.done, self.partitions)
        if not course.order or position == 0:
            course.order = visits(self.seed, course.config, epoch + 1, self.partitions)
        queue = self._idle[course.order[position]]
        place = next((i for i, other in enumerate(queue) if other.done > course.done), len(queue))
        queue.insert(place, course)
