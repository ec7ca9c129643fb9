"""Properties of the schedule, over random shapes and random speeds of the workers."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cerebro_db.planner import Schedule, visits
from cerebro_db.units import Slot, Unit

shapes = st.fixed_dictionaries(
    {
        "configs": st.integers(1, 9),
        "partitions": st.integers(1, 7),
        "workers": st.integers(1, 6),
        "epochs": st.integers(1, 3),
        "seed": st.integers(0, 2**63 - 1),
    }
)


def simulate(
    schedule: Schedule, workers: int, partitions: int, chance: Random
) -> list[tuple[int, Unit]]:
    """Run a schedule with workers that end in random order; check what holds at every moment."""
    everywhere = frozenset(range(partitions))
    running: dict[int, Unit] = {}
    log = []
    for worker in range(workers):
        schedule.offer(Slot(worker, everywhere))
    while not schedule.finished:
        while (start := schedule.next()) is not None:
            worker, unit = start
            assert worker not in running
            assert unit.config not in {other.config for other in running.values()}
            running[worker] = unit
        assert running, "the schedule is stuck"
        assert schedule.busy == {unit.config for unit in running.values()}
        worker = chance.choice(sorted(running))
        unit = running.pop(worker)
        schedule.complete(unit)
        schedule.offer(Slot(worker, everywhere))
        log.append((worker, unit))
    return log


def next_for(schedule: Schedule, slot: Slot) -> Unit | None:
    """Offer the only free worker; return what it gets."""
    schedule.offer(slot)
    start = schedule.next()
    return None if start is None else start[1]


@given(shapes, st.randoms(use_true_random=False))
def test_every_unit_runs_exactly_once(shape: dict[str, int], chance: Random) -> None:
    schedule = Schedule(shape["partitions"], shape["seed"])
    for config in range(1, shape["configs"] + 1):
        schedule.add(config, shape["epochs"])
    log = simulate(schedule, shape["workers"], shape["partitions"], chance)
    counts = Counter((unit.config, unit.epoch, unit.partition) for _, unit in log)
    assert set(counts.values()) == {1}
    assert len(counts) == shape["configs"] * shape["epochs"] * shape["partitions"]


@given(shapes, st.randoms(use_true_random=False))
def test_timing_does_not_change_what_a_configuration_sees(
    shape: dict[str, int], chance: Random
) -> None:
    schedule = Schedule(shape["partitions"], shape["seed"])
    for config in range(1, shape["configs"] + 1):
        schedule.add(config, shape["epochs"])
    log = simulate(schedule, shape["workers"], shape["partitions"], chance)
    for config in range(1, shape["configs"] + 1):
        seen = [unit for _, unit in log if unit.config == config]
        path = [
            (epoch, position, partition)
            for epoch in range(1, shape["epochs"] + 1)
            for position, partition in enumerate(
                visits(shape["seed"], config, epoch, shape["partitions"])
            )
        ]
        # Where its last epoch ends, it could go on to the first partition.
        onward = [partition for _, _, partition in (*path[1:], path[0])]
        expected = [
            Unit(
                config,
                epoch,
                partition,
                position,
                last=position + 1 == shape["partitions"],
                onward=then,
                order=visits(shape["seed"], config, epoch, shape["partitions"]),
                epochs=shape["epochs"],
            )
            for (epoch, position, partition), then in zip(path, onward, strict=True)
        ]
        assert seen == expected


@given(shapes)
def test_visits_are_a_permutation_and_start_apart(shape: dict[str, int]) -> None:
    partitions = shape["partitions"]
    orders = [visits(shape["seed"], config, 1, partitions) for config in range(partitions)]
    for order in orders:
        assert sorted(order) == list(range(partitions))
    for moment in zip(*orders, strict=True):
        assert len(set(moment)) == partitions


def test_no_worker_idles_while_units_are_as_long_as_each_other() -> None:
    schedule = Schedule(4, seed=1)
    for config in range(1, 9):
        schedule.add(config, 3)
    for _ in range(8 * 4 * 3 // 4):
        units = [next_for(schedule, Slot(w, frozenset({w}))) for w in range(4)]
        assert None not in units
        for unit in units:
            assert unit is not None
            schedule.complete(unit)
    assert schedule.finished


def test_a_unit_given_back_is_handed_out_again() -> None:
    schedule = Schedule(2, seed=0)
    schedule.add(1, 1)
    unit = next_for(schedule, Slot(0, frozenset({0, 1})))
    assert unit is not None
    schedule.offer(Slot(1, frozenset({0, 1})))
    assert schedule.next() is None
    schedule.give_back(unit)
    assert schedule.next() == (1, unit)


def test_a_configuration_resumes_where_it_was() -> None:
    schedule = Schedule(3, seed=5)
    schedule.add(7, 2, done=4, epochs=9)
    unit = next_for(schedule, Slot(0, frozenset(range(3))))
    order = visits(5, 7, 2, 3)
    assert unit == Unit(7, 2, order[1], 1, False, onward=order[2], order=order, epochs=9)
    assert list(schedule.inside) == [2]
    assert list(schedule.ends) == [1]
    assert schedule.units_left == 2


@given(shapes, st.integers(0, 20), st.integers(1, 50))
def test_a_clone_visits_what_its_parent_has_left(
    shape: dict[str, int], parent: int, done: int
) -> None:
    """It goes on in the midst of an epoch, on the parent's way and not on its own."""
    partitions, epochs = shape["partitions"], shape["epochs"]
    done %= partitions * epochs
    courses = []
    for number, walk in ((parent, None), (parent + 1, parent)):
        schedule = Schedule(partitions, shape["seed"])
        schedule.add(number, epochs, done, walk)
        log = simulate(schedule, 1, partitions, Random(0))
        courses.append([(u.epoch, u.partition, u.position, u.onward) for _, u in log])
    assert courses[0] == courses[1]
    assert len(courses[0]) == partitions * epochs - done


def test_dropping_the_idle_leaves_those_in_flight() -> None:
    schedule = Schedule(2, seed=0)
    for config in (1, 2, 3):
        schedule.add(config, 1)
    unit = next_for(schedule, Slot(0, frozenset({0, 1})))
    assert unit is not None
    schedule.drop_idle()
    assert [config in schedule for config in (1, 2, 3)] == [
        config == unit.config for config in (1, 2, 3)
    ]
    schedule.complete(unit)
    schedule.drop_idle()
    assert schedule.finished


def test_a_dropped_configuration_never_comes_again() -> None:
    schedule = Schedule(2, seed=0)
    schedule.add(1, 1)
    schedule.add(2, 1)
    slot = Slot(0, frozenset({0, 1}))
    unit = next_for(schedule, slot)
    assert unit is not None
    schedule.drop(1)
    schedule.drop(2)
    assert next_for(schedule, slot) is None
    # Not before what is in flight has ended.
    assert not schedule.finished
    assert schedule.units_left == 1
    schedule.complete(unit)
    assert schedule.finished
    assert unit.config not in schedule


def test_completing_what_was_not_started_is_an_error() -> None:
    schedule = Schedule(2, seed=0)
    schedule.add(1, 1)
    with pytest.raises(ValueError, match="not in flight"):
        schedule.complete(Unit(1, 1, 0, 0, False, onward=1, order=(0, 1), epochs=1))
    with pytest.raises(ValueError, match="scheduled already"):
        schedule.add(1, 1)


def test_states_are_needed_while_a_configuration_goes_on_from_them() -> None:
    schedule = Schedule(2, seed=0)
    schedule.add(1, until=3)
    schedule.add(2, until=1)
    slot = Slot(0, frozenset({0, 1}))
    seen = []
    while (unit := next_for(schedule, slot)) is not None:
        schedule.complete(unit)
        seen.append((sorted(schedule.inside), sorted(schedule.ends)))
    # The second one waits at its milestone, where the state stays from which it may go on.
    assert seen[-1] == ([], [1, 3])
    assert seen[0] == ([1], [])
    assert ([2], [1]) in seen
    assert ([3], [1, 2]) in seen
    schedule.drop(2)
    assert sorted(schedule.ends) == [3]


def test_a_configuration_waits_at_its_milestone_until_that_is_moved() -> None:
    schedule = Schedule(1, seed=0)
    schedule.add(1, until=1)
    slot = Slot(0, frozenset({0}))
    unit = next_for(schedule, slot)
    assert unit is not None
    schedule.extend(1, until=2)
    schedule.complete(unit)
    assert not schedule.finished
    unit = next_for(schedule, slot)
    assert unit is not None
    schedule.complete(unit)
    assert schedule.finished
    assert 1 in schedule
    assert next_for(schedule, slot) is None
    schedule.extend(1, until=4)
    assert schedule.units_left == 2
    start = schedule.next()
    assert start is not None
    assert start[1].epoch == 3
    # Back to where it has been already there is no way.
    schedule.complete(start[1])
    schedule.extend(1, until=2)
    assert schedule.units_left == 1


@given(shapes, st.randoms(use_true_random=False))
def test_totals_and_pairs_agree_with_what_is_left(shape: dict[str, int], chance: Random) -> None:
    """Through any mixture of units done, given back, dropped and resumed, on any mixture of sites.

    A worker starts as soon as any configuration rests where it reaches, and not before.
    """
    partitions, epochs = shape["partitions"], shape["epochs"]
    schedule = Schedule(partitions, shape["seed"])
    done = {config: chance.randrange(partitions * epochs) for config in range(shape["configs"])}
    for config in done:
        schedule.add(config, epochs, done[config])
    slots = [
        Slot(worker, frozenset(p for p in range(partitions) if chance.random() < 0.4))
        for worker in range(shape["workers"])
    ]
    slots.append(Slot(len(slots), frozenset(range(partitions))))
    coming = list(slots)
    at = dict(done)
    free: dict[int, Slot] = {}
    running: list[tuple[int, Unit]] = []
    while done:
        while coming and chance.random() < 0.7:
            slot = coming.pop()
            free[slot.worker] = slot
            schedule.offer(slot)
        aims = {
            visits(shape["seed"], config, count // partitions + 1, partitions)[count % partitions]
            for config, count in done.items()
            if config not in schedule.busy
        }
        assert schedule.units_left == sum(partitions * epochs - n for n in done.values())
        assert set(schedule.inside) == {n // partitions + 1 for n in done.values()}
        assert set(schedule.ends) == {n // partitions for n in at.values() if n >= partitions}
        start = schedule.next()
        if start is None:
            assert all(aims.isdisjoint(slot.reachable) for slot in free.values())
        else:
            worker, unit = start
            assert unit.partition in aims & free.pop(worker).reachable
            running.append(start)
        if running and (start is None or chance.random() < 0.5):
            worker, unit = running.pop(chance.randrange(len(running)))
            coming.append(slots[worker])
            match chance.choice(["complete", "complete", "give back", "drop"]):
                case "complete":
                    schedule.complete(unit)
                    done[unit.config] += 1
                    at[unit.config] += 1
                    if done[unit.config] == partitions * epochs:
                        del done[unit.config]
                case "give back":
                    schedule.give_back(unit)
                case "drop":
                    schedule.give_back(unit)
                    schedule.drop(unit.config)
                    del done[unit.config], at[unit.config]
        elif (idle := sorted(done.keys() - schedule.busy)) and chance.random() < 0.1:
            config = chance.choice(idle)
            schedule.drop(config)
            del done[config], at[config]
    assert schedule.finished
    assert schedule.units_left == 0


def test_no_barrier_between_epochs() -> None:
    """Whoever is free starts the next epoch while others are still in the last one."""
    schedule = Schedule(1, seed=0)
    schedule.add(1, 2)
    schedule.add(2, 2)
    slots = [Slot(worker, frozenset({0})) for worker in range(2)]
    first, second = (next_for(schedule, slot) for slot in slots)
    assert first is not None
    assert second is not None
    schedule.complete(first)
    ahead = next_for(schedule, slots[0])
    assert ahead is not None
    assert (ahead.config, ahead.epoch) == (first.config, 2)
    assert schedule.busy == {first.config, second.config}
