"""The planner against simulated segments: near the bound, before chance, every unit done once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cerebro_db.planner.simulate import (
    SimulatedEngine,
    Workload,
    make_workload,
    run_planned,
    run_randomised,
)
from cerebro_db.units import Unit

Scheduler = Callable[[Workload, SimulatedEngine, int], None]

SHAPES = [(16, 8), (16, 16), (256, 8)]


class LoggingEngine(SimulatedEngine):
    """Keeps what was started where and when."""

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.log: list[tuple[float, int, Unit]] = []

    def start(self, worker: int, unit: Unit) -> None:
        self.log.append((self.now, worker, unit))
        super().start(worker, unit)


@pytest.mark.parametrize("run", [run_planned, run_randomised])
@given(
    configs=st.integers(1, 9),
    segments=st.integers(1, 6),
    mixed=st.booleans(),
    pinned=st.booleans(),
    epochs=st.integers(1, 3),
    seed=st.integers(0, 2**32),
)
def test_work_is_conserved_and_the_bound_holds(
    run: Scheduler,
    configs: int,
    segments: int,
    mixed: bool,
    pinned: bool,
    epochs: int,
    seed: int,
) -> None:
    workload = make_workload(
        configs, segments, mixed=mixed, pinned=pinned, epochs=epochs, seed=seed
    )
    engine = LoggingEngine(workload)
    run(workload, engine, seed)
    counts = Counter((unit.config, unit.epoch, unit.partition) for _, _, unit in engine.log)
    assert set(counts.values()) == {1}
    assert len(counts) == configs * segments * epochs
    assert engine.now >= workload.bound * (1 - 1e-9)
    if pinned:
        assert all(worker == unit.partition for _, worker, unit in engine.log)
    for config in range(1, configs + 1):
        mine = [(at, worker, unit) for at, worker, unit in engine.log if unit.config == config]
        assert [(u.epoch, u.position) for _, _, u in mine] == sorted(
            (epoch, position) for epoch in range(1, epochs + 1) for position in range(segments)
        )
        cost = workload.costs[config - 1]
        ends = [at + cost / workload.speeds[worker] for at, worker, _ in mine]
        assert all(end <= at for end, (at, _, _) in zip(ends, mine[1:], strict=False))


def test_where_workers_starve_each_partition_stays_in_one_cache() -> None:
    workload = make_workload(3, 12, mixed=False, pinned=False, epochs=3, seed=0)
    engine = LoggingEngine(workload)
    run_planned(workload, engine, 0)
    assert len({(worker, unit.partition) for _, worker, unit in engine.log}) == 12


def ratios(run: Scheduler, configs: int, segments: int, mixed: bool, pinned: bool) -> list[float]:
    """Return makespan over bound for a few seeds."""
    found = []
    for seed in range(5):
        workload = make_workload(configs, segments, mixed=mixed, pinned=pinned, epochs=5, seed=seed)
        engine = SimulatedEngine(workload)
        run(workload, engine, seed)
        found.append(engine.now / workload.bound)
    return found


@pytest.mark.parametrize(("configs", "segments"), SHAPES)
@pytest.mark.parametrize("pinned", [True, False])
def test_equal_configurations_leave_no_segment_idle(
    configs: int, segments: int, pinned: bool
) -> None:
    assert max(ratios(run_planned, configs, segments, False, pinned)) == pytest.approx(1)


@pytest.mark.parametrize(("configs", "segments"), SHAPES)
def test_free_placement_is_within_five_percent_of_the_bound(configs: int, segments: int) -> None:
    assert max(ratios(run_planned, configs, segments, True, False)) <= 1.05


@pytest.mark.parametrize(("configs", "segments"), SHAPES)
@pytest.mark.parametrize("pinned", [True, False])
def test_unlike_configurations_end_near_the_bound_and_before_chance(
    configs: int, segments: int, pinned: bool
) -> None:
    planned = median(ratios(run_planned, configs, segments, True, pinned))
    assert planned <= 1.05
    assert planned <= median(ratios(run_randomised, configs, segments, True, pinned)) + 1e-9
