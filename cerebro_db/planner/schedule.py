"""Which unit a free worker gets next.

A configuration's next partition is fixed by ``visits``; what is left to decide is which of the idle
configurations a worker takes. It prefers a partition that it already holds, then one that is its
own by rotation, so that caches stay small, then the configuration with the most work left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

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

    More configurations make starting and completing a unit no slower, but for a heap's logarithm.

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
        # Idle configurations by the partition that they go to next: heaps of (units done, config).
        self._idle: list[list[tuple[int, int]]] = [[] for _ in range(partitions)]
        self._waiting: set[int] = set()  # The partitions whose heap is not empty.
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
    def waiting(self) -> bool:
        """Whether any configuration is idle."""
        return bool(self._waiting)

    @property
    def units_left(self) -> int:
        """The number of units that are not committed yet."""
        return self._units_left

    @property
    def oldest_epoch(self) -> int:
        """The earliest epoch that left a state which is still needed; the last one always is."""
        return min(self._latest, default=self.epochs)

    def add(self, config: int, done: int = 0) -> None:
        """Bring in a configuration that has already committed its first ``done`` units."""
        if config in self._courses:
            raise ValueError(f"configuration {config} is scheduled already")
        if done < self.partitions * self.epochs:
            course = self._courses[config] = _Course(config, done)
            self._count(course, 1)
            self._rest(course)

    def startable(self, slots: Iterable[Slot]) -> list[Slot]:
        """Return the slots that reach a partition where a configuration waits, quickly.

        Of many pinned workers most may be starved; asking each for its next unit would cost more
        than all else.
        """
        waiting = frozenset(self._waiting)  # Compact: a set that was large stays slow to walk.
        return [slot for slot in slots if not waiting.isdisjoint(slot.reachable)]

    def next(self, slot: Slot, workers: int = 1) -> Unit | None:
        """Take the unit that this free worker, one of ``workers``, should start, if any."""
        waiting = self._waiting & slot.reachable
        if not waiting:
            return None
        own = slot.worker % workers
        candidates = waiting & slot.cached or {p for p in waiting if p % workers == own} or waiting
        partition = min(candidates, key=lambda candidate: self._idle[candidate][0])
        queue = self._idle[partition]
        done, config = heappop(queue)
        if not queue:
            self._waiting.remove(partition)
        epoch, position = divmod(done, self.partitions)
        last = position + 1 == self.partitions
        onward = self._onward(self._courses[config], epoch, position)
        unit = Unit(config, epoch + 1, partition, position, last, onward)
        self._busy[config] = unit
        return unit

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
            partition = course.order[course.done % self.partitions]
            queue = self._idle[partition]
            queue.remove((course.done, config))
            heapify(queue)
            if not queue:
                self._waiting.remove(partition)

    def _onward(self, course: _Course, epoch: int, position: int) -> int:
        """Return where a configuration goes after a unit; where it stays if that ends it."""
        if position + 1 < self.partitions:
            return course.order[position + 1]
        if epoch + 1 < self.epochs:
            return visits(self.seed, course.config, epoch + 2, self.partitions)[0]
        return course.order[position]

    def _take_back(self, unit: Unit) -> _Course:
        if self._busy.get(unit.config) != unit:
            raise ValueError(f"{unit} is not in flight")
        del self._busy[unit.config]
        return self._courses[unit.config]

    def _rest(self, course: _Course) -> None:
        epoch, position = divmod(course.done, self.partitions)
        if not course.order or position == 0:
            course.order = visits(self.seed, course.config, epoch + 1, self.partitions)
        partition = course.order[position]
        heappush(self._idle[partition], (course.done, course.config))
        self._waiting.add(partition)

    def _count(self, course: _Course, sign: int) -> None:
        """Add a configuration's units and latest state to the totals, or take them out."""
        self._units_left += sign * (self.partitions * self.epochs - course.done)
        epoch = (course.done - 1) // self.partitions + 1
        self._latest[epoch] += sign
        if not self._latest[epoch]:
            del self._latest[epoch]
