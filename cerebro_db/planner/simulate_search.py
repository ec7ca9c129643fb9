"""A search on simulated segments: trials with budgets of their own, rungs that wait for the last.

What a trial would reach is drawn, and what it costs is given; which trials go on, the method
decides, and the planner follows as it does in a run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from cerebro_db.planner.drive import drive
from cerebro_db.planner.schedule import Schedule
from cerebro_db.planner.simulate import SimulatedEngine, Workload
from cerebro_db.search import (
    METHODS,
    Decision,
    GoOn,
    Measured,
    Search,
    Space,
    Start,
    Stop,
    Terms,
    open_search,
)
from cerebro_db.units import Outcome, Unit

# Methods whose trials train unequally far, and what they have as an option.
SIMULATED = tuple(name for name in ("halving", "hyperband", "asha") if name in METHODS)
# More than any of them starts here.
MOST_TRIALS = 1_000
_SPACE = {"learning_rate": {"uniform": [0, 1]}}


@dataclass(frozen=True)
class Leg:
    """So many epochs of a trial, between two decisions: what it does on one rung of one bracket."""

    trial: int
    epochs: int
    bracket: int | None
    rung: int | None


def simulated(method: str, configs: int, epochs: int, workers: int, seed: int) -> Search:
    """Return a search of so many trials, where the method lets itself be told how many."""
    options = {"configs": configs} if "configs" in METHODS[method].OPTIONS else {}
    terms = Terms(Space.parse(_SPACE), seed, epochs, workers=workers)
    return open_search({"method": method, **options}, terms)


def waits(search: Search) -> bool:
    """Return whether a rung waits for the last of its trials before any goes on."""
    return "strict" in search.ORDERS


def run_search(search: Search, workload: Workload, engine: SimulatedEngine, seed: int) -> list[Leg]:
    """Run a search to its end as cerebro_fit would; return what its trials have done.

    Args:
        workload: costs of at least as many trials as the method starts.
    """
    schedule = Schedule(len(workload.speeds), seed)
    judge = _Judge(search, schedule, seed)
    judge.begin()
    drive(schedule, engine, judge)
    return judge.legs


def bound(legs: Sequence[Leg], workload: Workload, *, waiting: bool) -> float:
    """Return a time below which no schedule can come, whatever it knows in advance.

    A leg leaves a *tail*: what has to follow it, since nobody climbs to a rung before the last has
    come there. Of each rung above that is the larger of the rung's work, spread over all segments,
    and its longest leg. So the end of a search is narrow: in the last moments only few trials can
    train, however many there were. For each length of the end the bound adds what cannot be done in
    it: a trial is on one segment at a time, and on a given one once in each round of all.

    Args:
        waiting: whether rungs wait; where they do not, only a trial's own legs follow.
    """
    tails = _tails(legs, workload, waiting=waiting)
    alone = [_alone(workload, leg) for leg in legs]
    ends = {0.0, *tails, *(tail + own for tail, own in zip(tails, alone, strict=True))}
    longest = max(tail + own for tail, own in zip(tails, alone, strict=True))
    if not workload.pinned:
        speed, fastest = sum(workload.speeds), max(workload.speeds)
        work = [_work(workload, leg) * len(workload.speeds) for leg in legs]

        def left(end: float) -> float:
            return sum(
                own - min(own, max(0.0, end - tail) * fastest)
                for own, tail in zip(work, tails, strict=True)
            )

        return max(longest, *(end + left(end) / speed for end in ends))

    def left_on(slowness: float, end: float) -> float:
        found = 0.0
        for leg, tail in zip(legs, tails, strict=True):
            visit = workload.costs[leg.trial - 1] * slowness
            rounds, rest = divmod(max(0.0, end - tail), _alone(workload, leg) / leg.epochs)
            found += max(0.0, (leg.epochs - rounds) * visit - min(rest, visit))
        return found

    return max(
        longest,
        *(end + left_on(1 / speed, end) for speed in sorted(set(workload.speeds)) for end in ends),
    )


def _tails(legs: Sequence[Leg], workload: Workload, *, waiting: bool) -> list[float]:
    """Return the least time that has to follow each leg."""
    groups: defaultdict[int | None, defaultdict[int, list[Leg]]]
    groups = defaultdict(lambda: defaultdict(list))
    for leg in legs:
        groups[leg.bracket if waiting else leg.trial][leg.rung or 0].append(leg)
    tails: dict[tuple[int | None, int], float] = {}
    for group, rungs in groups.items():
        tail = 0.0
        for rung in sorted(rungs, reverse=True):
            tails[group, rung] = tail
            tail += max(
                _together(workload, rungs[rung]), *(_alone(workload, leg) for leg in rungs[rung])
            )
    return [tails[leg.bracket if waiting else leg.trial, leg.rung or 0] for leg in legs]


def _work(workload: Workload, leg: Leg) -> float:
    """Return what a leg costs on each partition."""
    return workload.costs[leg.trial - 1] * leg.epochs


def _together(workload: Workload, legs: Iterable[Leg]) -> float:
    """Return the least time of the segments, if all of them are busy."""
    work = sum(_work(workload, leg) for leg in legs)
    if workload.pinned:
        return work / min(workload.speeds)
    return work * len(workload.speeds) / sum(workload.speeds)


def _alone(workload: Workload, leg: Leg) -> float:
    """Return the least time of one leg."""
    if workload.pinned:
        return _work(workload, leg) * sum(1 / speed for speed in workload.speeds)
    return _work(workload, leg) * len(workload.speeds) / max(workload.speeds)


class _Judge:
    """Tells the search of each epoch, and has the schedule follow."""

    def __init__(self, search: Search, schedule: Schedule, seed: int) -> None:
        self.legs: list[Leg] = []
        self._search = search
        self._schedule = schedule
        self._seed = seed
        self._trials = 0
        self._until: dict[int, int] = {}
        self._bracket: dict[int, int | None] = {}
        self._curves: dict[int, tuple[float, float]] = {}

    def begin(self) -> None:
        """Begin with what the method begins with."""
        self._follow(self._search.begin())

    def started(self, unit: Unit) -> None:
        pass

    def trained(self, outcome: Outcome) -> None:
        unit = outcome.unit
        if unit.last:
            value = self._value(unit.config, unit.epoch)
            self._follow(self._search.tell(Measured(unit.config, unit.epoch, value)))

    def failed(self, outcome: Outcome) -> None:
        pass

    def between(self) -> None:
        pass

    def _follow(self, decisions: Iterable[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Start(candidate):
                    self._trials += 1
                    self._bracket[self._trials] = candidate.bracket
                    self._note(self._trials, candidate.until, candidate.rung)
                    self._schedule.add(self._trials, candidate.until)
                case GoOn(trial, until, _, rung):
                    self._note(trial, until, rung)
                    self._schedule.extend(trial, until)
                case Stop(trial):
                    self._schedule.drop(trial)

    def _note(self, trial: int, until: int, rung: int | None) -> None:
        epochs = until - self._until.get(trial, 0)
        self.legs.append(Leg(trial, epochs, self._bracket[trial], rung))
        self._until[trial] = until

    def _value(self, trial: int, epoch: int) -> float:
        """Return what a trial reaches: each has a height of its own, and a pace to it."""
        if trial not in self._curves:
            chance = Random(f"curve {self._seed} {trial}")
            self._curves[trial] = chance.random(), 0.5 + 4 * chance.random()
        height, pace = self._curves[trial]
        return height * epoch / (epoch + pace)
