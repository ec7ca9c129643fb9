"""Folds: which partitions a network visits, and that its units are units like others."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cerebro_db.folds import Folds
from cerebro_db.planner import Schedule, drive
from cerebro_db.planner.order import tour, visits
from cerebro_db.planner.simulate import SimulatedEngine, Workload
from cerebro_db.units import Network, Outcome, Slot, Unit


@st.composite
def splits(draw: st.DrawFn) -> Folds:
    forward = draw(st.booleans())
    count = draw(st.integers(2, 6))
    return Folds(draw(st.integers(count + forward, 14)), count, forward)


class Diary(SimulatedEngine):
    """A simulated engine that notes what it trained; a unit that is measured costs a third."""

    def __init__(self, folds: Folds, configs: int, workers: int, *, epochs: int, seed: int) -> None:
        super().__init__(Workload((3.0,) * configs, (1.0,) * workers, False, epochs))
        self.schedule = Schedule(folds, seed)
        for config in range(1, configs + 1):
            for fold in folds.networks:
                self.schedule.add(config, epochs, fold=fold)
        # Every worker reaches all partitions, whatever their number.
        everything = frozenset(range(folds.partitions))
        self._slots = [type(slot)(slot.worker, everything) for slot in self._slots]
        self.units: list[Unit] = []

    def started(self, unit: Unit) -> None:
        pass

    def trained(self, outcome: Outcome) -> None:
        self.units.append(outcome.unit)

    def failed(self, outcome: Outcome) -> None:
        pass

    def between(self) -> None:
        pass


def test_without_folds_all_is_as_it_is() -> None:
    folds = Folds(4)
    assert (folds.networks, folds.hops, folds.share(7, 0)) == ((0,), 4, 7)
    assert folds.trained(0) == (0, 1, 2, 3)
    assert folds.measured(0) == ()
    assert tour(5, 7, 0, folds) == visits(5, 7, 1, 4)


@given(splits())
def test_each_row_is_measured_by_a_network_that_has_not_seen_it(folds: Folds) -> None:
    for fold in folds.networks:
        trained, measured = folds.trained(fold), folds.measured(fold)
        assert trained
        assert measured
        assert {folds.of(partition) for partition in measured} == {fold}
        assert not set(trained) & set(measured)
        if folds.forward:
            assert max(trained) < min(measured)
            assert trained == tuple(range(len(trained)))
        else:
            assert sorted(trained + measured) == list(range(folds.partitions))
    everywhere = [p for fold in folds.networks for p in folds.measured(fold)]
    assert len(everywhere) == len(set(everywhere))
    if not folds.forward:
        assert len(everywhere) == folds.partitions
    assert folds.trained(0) == tuple(range(folds.partitions))


@given(splits(), st.integers(1, 3), st.integers(1, 5), st.integers(1, 3), st.integers(0, 99))
def test_each_network_does_each_unit_once_and_in_order(
    folds: Folds, configs: int, workers: int, epochs: int, seed: int
) -> None:
    diary = Diary(folds, configs, workers, epochs=epochs, seed=seed)
    drive(diary.schedule, diary, diary)
    ways: defaultdict[Network, list[Unit]] = defaultdict(list)
    for unit in diary.units:
        ways[unit.network].append(unit)
    assert len(ways) == configs * folds.count
    for network, way in ways.items():
        steps = folds.steps(network.fold)
        order = tour(seed, *network, folds)
        assert [unit.partition for unit in way] == list(order) * epochs
        assert [unit.position for unit in way] == list(range(steps)) * epochs
        assert [unit.epoch for unit in way] == sorted([*range(1, epochs + 1)] * steps)
        for unit in way:
            assert unit.measures == (folds.of(unit.partition) == network.fold)
            assert unit.last == (unit.position + 1 == steps)
            assert unit.onward == order[(unit.position + 1) % steps]
    assert len(diary.units) == configs * epochs * folds.hops


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_five_folds_of_one_configuration_leave_nobody_idle(workers: int) -> None:
    diary = Diary(Folds(5, 5), configs=1, workers=workers, epochs=4, seed=1)
    drive(diary.schedule, diary, diary)
    work = len(diary.units) * 3.0
    assert diary.now * workers == work


def test_a_configuration_goes_with_all_its_networks() -> None:
    folds = Folds(3, 3)
    diary = Diary(folds, configs=2, workers=2, epochs=5, seed=0)

    def drops_the_first(outcome: Outcome) -> None:
        Diary.trained(diary, outcome)
        if outcome.unit.config == 1:
            diary.schedule.drop(1)

    diary.trained = drops_the_first  # type: ignore[method-assign]
    drive(diary.schedule, diary, diary)
    done = Counter(unit.config for unit in diary.units)
    # What was in flight ends, and nothing else begins.
    assert done[1] <= 3
    assert done[2] == 5 * folds.hops
    assert 1 not in diary.schedule


def test_a_refit_goes_its_own_way() -> None:
    """It trains on all partitions and measures none, and what befalls it befalls it alone."""
    folds = Folds(4, 2)
    diary = Diary(folds, configs=1, workers=2, epochs=3, seed=0)
    diary.schedule.add(1, until=2, epochs=3, fold=0)
    drive(diary.schedule, diary, diary)
    own = [unit for unit in diary.units if not unit.fold]
    assert [unit.partition for unit in own] == [*tour(0, 1, 0, folds)] * 2
    assert {(unit.order, unit.measures, unit.epochs) for unit in own} == {(own[0].order, False, 3)}
    assert len(diary.units) - len(own) == 3 * folds.hops
    diary.schedule.extend(1, until=4)
    assert diary.schedule.units_left == folds.hops
    diary.schedule.extend(1, until=3, refit=True)
    assert diary.schedule.units_left == folds.hops + 4
    diary.schedule.drop_idle(refits=False)
    assert diary.schedule.units_left == 4
    assert 1 not in diary.schedule


def test_a_refit_that_fails_leaves_the_folds_be() -> None:
    diary = Diary(Folds(2, 2), configs=1, workers=1, epochs=1, seed=0)
    schedule = diary.schedule
    schedule.add(1, until=1, fold=0)
    for slot in diary.freed():
        schedule.offer(slot)
    done: list[Unit] = []
    while (start := schedule.next()) is not None:
        worker, unit = start
        assert (1 in schedule.busy) == bool(unit.fold)
        if unit.fold:
            schedule.complete(unit)
            done.append(unit)
        else:
            schedule.fail(unit)
        schedule.offer(Slot(worker, frozenset({0, 1})))
    assert len(done) == Folds(2, 2).hops
    assert schedule.finished
