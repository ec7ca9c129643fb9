"""Searches on simulated segments: trials do what the method lets them, near a bound that holds."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cerebro_db.planner.simulate import SimulatedEngine, Workload, make_workload
from cerebro_db.planner.simulate_search import (
    MOST_TRIALS,
    SIMULATED,
    Leg,
    bound,
    run_search,
    simulated,
    waits,
)
from cerebro_db.units import Unit

# Hyperband of 27 epochs (Li et al. 2018, Table 1 without its first bracket): trials and epochs.
RUNGS_OF_27 = {
    3: [(27, 1), (9, 2), (3, 6), (1, 18)],
    2: [(12, 3), (4, 6), (1, 18)],
    1: [(6, 9), (2, 18)],
    0: [(4, 27)],
}


class CountingEngine(SimulatedEngine):
    """Counts the units of each configuration."""

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.units: defaultdict[int, int] = defaultdict(int)

    def start(self, worker: int, unit: Unit) -> None:
        self.units[unit.config] += 1
        super().start(worker, unit)


def searched(
    method: str, epochs: int, segments: int, *, mixed: bool, pinned: bool, seed: int
) -> tuple[list[Leg], Workload, CountingEngine, bool]:
    workload = make_workload(
        MOST_TRIALS, segments, mixed=mixed, pinned=pinned, epochs=epochs, seed=seed
    )
    engine = CountingEngine(workload)
    search = simulated(method, 20, epochs, segments, seed)
    return run_search(search, workload, engine, seed), workload, engine, waits(search)


@pytest.mark.parametrize("method", SIMULATED)
@given(
    epochs=st.integers(1, 12),
    segments=st.integers(1, 6),
    mixed=st.booleans(),
    pinned=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_trials_do_their_legs_and_the_bound_holds(
    method: str, epochs: int, segments: int, mixed: bool, pinned: bool, seed: int
) -> None:
    legs, workload, engine, waiting = searched(
        method, epochs, segments, mixed=mixed, pinned=pinned, seed=seed
    )
    planned: defaultdict[int, int] = defaultdict(int)
    for leg in legs:
        planned[leg.trial] += leg.epochs * segments
    assert engine.units == planned
    assert engine.now >= bound(legs, workload, waiting=waiting) * (1 - 1e-9)


def test_hyperband_has_the_rungs_of_its_paper() -> None:
    legs, *_ = searched("hyperband", 27, 8, mixed=False, pinned=True, seed=0)
    rungs: defaultdict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for leg in legs:
        assert leg.bracket is not None
        assert leg.rung is not None
        rungs[leg.bracket][leg.rung].append(leg.epochs)
    found = {
        bracket: [(len(of), of[0]) for _, of in sorted(by_rung.items())]
        for bracket, by_rung in rungs.items()
    }
    assert found == RUNGS_OF_27


# Two segments and unit costs; a trial of n epochs takes 2n units one after the other.
EQUAL = Workload((1.0,) * 9, (1.0, 1.0), pinned=True, epochs=9)
TEN = Workload((1.0,) * 10, (1.0, 1.0), pinned=True, epochs=9)


@pytest.mark.parametrize("pinned", [True, False])
def test_the_bound_is_the_work_where_there_is_enough_of_it(pinned: bool) -> None:
    workload = Workload((1.0,) * 9, (1.0, 1.0), pinned, epochs=9)
    legs = [Leg(trial, 3, 0, 0) for trial in range(1, 5)]
    # 4 trials of 3 epochs on either segment.
    assert bound(legs, workload, waiting=True) == 12


def test_the_bound_is_the_longest_way_where_rungs_wait() -> None:
    # 4 units of work, then one trial alone: 2 x 2 units.
    legs = [*(Leg(trial, 1, 0, 0) for trial in range(1, 5)), Leg(1, 2, 0, 1)]
    assert bound(legs, EQUAL, waiting=True) == 8
    # Nobody waits: 6 units on either segment, and one trial of 3 epochs takes as long.
    assert bound(legs, EQUAL, waiting=False) == 6


def test_the_end_is_as_narrow_as_the_trials_that_are_left() -> None:
    # In the last 8 of time only one trial can train, on one of both segments: before that, 10 units
    # of work on either one; at the end 4 of its own.
    legs = [*(Leg(trial, 1, 0, 0) for trial in range(1, 11)), Leg(1, 4, 0, 1)]
    # Without waiting it is the work: 14 units a segment.
    assert bound(legs, TEN, waiting=True) == 10 + 8
    assert bound(legs, TEN, waiting=False) == 14


def test_brackets_share_the_narrow_end() -> None:
    # Two brackets, each of 2 trials for an epoch, then one alone for 3: on three segments. Work is
    # 4 + 6 units a segment; but the last 9 of time hold two trials only, so 6 units a segment of 9.
    workload = Workload((1.0,) * 4, (1.0, 1.0, 1.0), True, 9)
    legs = [
        Leg(1, 1, 0, 0),
        Leg(2, 1, 0, 0),
        Leg(1, 3, 0, 1),
        Leg(3, 1, 1, 0),
        Leg(4, 1, 1, 0),
        Leg(3, 3, 1, 1),
    ]
    assert bound(legs, workload, waiting=True) == 9 + 4


def test_unlike_speeds_and_costs_count() -> None:
    # The slower segment needs 2 for each unit of cost 1; trial 1 costs 3.
    pinned = Workload((3.0, 1.0), (1.0, 0.5), True, 1)
    legs = [Leg(1, 1, 0, 0), Leg(2, 1, 0, 0)]
    # Trial 1 alone: 3 + 6; the slower segment's work: 6 + 2.
    assert bound(legs, pinned, waiting=True) == 9


@pytest.mark.parametrize("segments", [8, 16])
@pytest.mark.parametrize("pinned", [True, False])
@pytest.mark.parametrize("epochs", [27, 81])
def test_hyperband_of_equal_trials_is_within_one_percent(
    epochs: int, segments: int, pinned: bool
) -> None:
    legs, workload, engine, waiting = searched(
        "hyperband", epochs, segments, mixed=False, pinned=pinned, seed=1
    )
    assert engine.now <= 1.01 * bound(legs, workload, waiting=waiting)
