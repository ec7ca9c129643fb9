"""Simulated segments: how near the best the planner and the Cerebro paper's scheduler come.

Time is simulated: nothing here reads a clock. The paper is Nakandala et al., PVLDB 13(11) 2020;
the range of costs, the device speeds and the randomised scheduler are its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random

from cerebro_db.planner.drive import drive
from cerebro_db.planner.schedule import Schedule
from cerebro_db.units import Outcome, Slot, Unit

# What training on one row costs, from and to, in MFLOP; and what four GPUs do, in TFLOP/s.
COSTS = (360.0, 21_000.0)
SPEEDS = (5.6, 11.3, 12.1, 18.7)


@dataclass(frozen=True)
class Workload:
    """Configurations by the cost of a unit, on as many partitions as there are segments.

    ``pinned``: a segment reaches its own partition only, as on Greenplum; otherwise every worker
    reaches every partition, as on one PostgreSQL server. A unit lasts its cost over the speed of
    whoever trains it.
    """

    costs: tuple[float, ...]
    speeds: tuple[float, ...]
    pinned: bool
    epochs: int

    @property
    def bound(self) -> float:
        """The least time: of the busiest segment or of the longest configuration.

        Unpinned work is at best shared in proportion to the speeds, and the longest configuration
        at best always on the fastest worker.
        """
        if self.pinned:
            busiest = sum(self.costs) / min(self.speeds)
            longest = max(self.costs) * sum(1 / speed for speed in self.speeds)
            return self.epochs * max(busiest, longest)
        units = self.epochs * len(self.speeds)
        return units * max(sum(self.costs) / sum(self.speeds), max(self.costs) / max(self.speeds))


def make_workload(
    configs: int, segments: int, *, mixed: bool, pinned: bool, epochs: int, seed: int
) -> Workload:
    """Return a workload of equal or, ``mixed``, unlike configurations and segments.

    Unlike costs are drawn evenly on a logarithmic scale. Each speed is that of as many segments,
    where they are pinned; unpinned workers share one machine, so their speeds are always equal.
    """
    if not mixed:
        return Workload((1.0,) * configs, (1.0,) * segments, pinned, epochs)
    chance = Random(f"workload {seed}")
    low, high = COSTS
    costs = tuple(low * (high / low) ** chance.random() for _ in range(configs))
    speeds = [SPEEDS[i % len(SPEEDS)] if pinned else 1.0 for i in range(segments)]
    chance.shuffle(speeds)
    return Workload(costs, tuple(speeds), pinned, epochs)


class SimulatedEngine:
    """An engine whose workers only let simulated time pass; configurations count from 1.

    ``now`` is the time, and in the end the makespan.
    """

    def __init__(self, workload: Workload) -> None:
        self.now = 0.0
        self._workload = workload
        everything = frozenset(range(self.workers))
        self._slots = [
            Slot(worker, frozenset({worker}) if workload.pinned else everything)
            for worker in range(self.workers)
        ]
        self._freed = list(range(self.workers))
        self._running: list[tuple[float, int, Unit]] = []

    @property
    def workers(self) -> int:
        """Return the number of workers."""
        return len(self._workload.speeds)

    def freed(self) -> Sequence[Slot]:
        """Return the workers that became free since this was last asked, each once."""
        freed, self._freed = self._freed, []
        return [self._slots[worker] for worker in freed]

    def start(self, worker: int, unit: Unit) -> None:
        """Begin a unit on a free worker."""
        slot = self._slots[worker]
        if unit.partition not in slot.cached:
            cached = slot.cached | {unit.partition}
            self._slots[worker] = Slot(worker, slot.reachable, cached)
        end = self.now + self._workload.costs[unit.config - 1] / self._workload.speeds[worker]
        heappush(self._running, (end, worker, unit))

    def wait(self) -> Sequence[Outcome]:
        """Let time pass until units end, and return all that end together."""
        self.now = self._running[0][0]
        outcomes = []
        while self._running and self._running[0][0] == self.now:
            _, worker, unit = heappop(self._running)
            self._freed.append(worker)
            outcomes.append(Outcome(unit, worker))
        return outcomes

    def cancel(self) -> None:
        """Forget the units in flight."""
        self._running.clear()


def run_planned(workload: Workload, engine: SimulatedEngine, seed: int) -> None:
    """Run a workload to its end as cerebro_fit would."""
    schedule = Schedule(len(workload.speeds), seed)
    for config in range(1, len(workload.costs) + 1):
        schedule.add(config, workload.epochs)
    drive(schedule, engine, _Watcher(schedule))


def run_randomised(workload: Workload, engine: SimulatedEngine, seed: int) -> None:
    """Run a workload to its end as the paper's randomised scheduler does.

    A free worker takes at random an idle configuration that has not been in this epoch where the
    worker can take it. As in the planner, no configuration waits for the others to end an epoch.
    """
    chance = Random(f"randomised {seed}")
    partitions = range(len(workload.speeds))
    idle = {config: set(partitions) for config in range(1, len(workload.costs) + 1)}
    epochs = dict.fromkeys(idle, 1)
    flying: dict[int, set[int]] = {}
    free: dict[int, Slot] = {}
    while idle or flying:
        free |= {slot.worker: slot for slot in engine.freed()}
        for slot in list(free.values()):
            choices = [c for c, ahead in idle.items() if not ahead.isdisjoint(slot.reachable)]
            if choices:
                config = chance.choice(choices)
                ahead = flying[config] = idle.pop(config)
                partition = chance.choice(sorted(ahead & slot.reachable))
                ahead.remove(partition)
                position = len(partitions) - len(ahead) - 1
                # Drawn only later: where to.
                onward = partition
                unit = Unit(
                    config,
                    epochs[config],
                    partition,
                    position,
                    not ahead,
                    onward,
                    tuple(partitions),
                    workload.epochs,
                )
                del free[slot.worker]
                engine.start(slot.worker, unit)
        for outcome in engine.wait():
            config = outcome.unit.config
            ahead = flying.pop(config)
            if outcome.unit.last:
                epochs[config] += 1
                ahead = set(partitions)
            if epochs[config] <= workload.epochs:
                idle[config] = ahead


class _Watcher:
    """Asks the schedule after every unit what the listener of a real run asks."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self.asked: tuple[int, Collection[int], Collection[int]] = (0, (), ())

    def started(self, unit: Unit) -> None:
        pass

    def trained(self, outcome: Outcome) -> None:
        self.asked = (self._schedule.units_left, self._schedule.inside, self._schedule.ends)

    def failed(self, outcome: Outcome) -> None:
        pass

    def between(self) -> None:
        pass
