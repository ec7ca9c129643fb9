"""The loop of a run: who is told what, and when."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cerebro_db.planner import Schedule, drive
from cerebro_db.planner.simulate import SimulatedEngine, Workload
from cerebro_db.units import Outcome, Unit


class Diary(SimulatedEngine):
    """A simulated engine that notes when units start, and the listener that notes the rest."""

    def __init__(self, configs: int, workers: int, epochs: int) -> None:
        super().__init__(Workload((1.0,) * configs, (1.0,) * workers, False, epochs))
        self.schedule = Schedule(workers, seed=0)
        for config in range(1, configs + 1):
            self.schedule.add(config, epochs)
        self.entries: list[tuple[str, int, int]] = []

    def start(self, worker: int, unit: Unit) -> None:
        super().start(worker, unit)
        self._note("start", unit)

    def started(self, unit: Unit) -> None:
        self._note("started", unit)

    def trained(self, outcome: Outcome) -> None:
        self._note("trained", outcome.unit)

    def failed(self, outcome: Outcome) -> None:
        self._note("failed", outcome.unit)

    def between(self) -> None:
        pass

    def _note(self, what: str, unit: Unit) -> None:
        self.entries.append((what, unit.config, unit.epoch))


def test_a_freed_worker_goes_on_before_the_books_are_written() -> None:
    diary = Diary(configs=2, workers=1, epochs=1)
    drive(diary.schedule, diary, diary)
    assert diary.entries == [
        ("start", 1, 1),
        ("started", 1, 1),
        ("start", 2, 1),
        ("started", 2, 1),
        ("trained", 1, 1),
        ("trained", 2, 1),
    ]


def test_a_configuration_hops_on_only_after_the_listener_has_seen_its_unit() -> None:
    """The listener may take it out, since it diverged or the search has seen enough of it."""
    diary = Diary(configs=1, workers=1, epochs=3)

    def stop_after_two(outcome: Outcome) -> None:
        Diary.trained(diary, outcome)
        if outcome.unit.epoch == 2:
            diary.schedule.drop(outcome.unit.config)

    diary.trained = stop_after_two  # type: ignore[method-assign]
    drive(diary.schedule, diary, diary)
    assert [entry for entry in diary.entries if entry[0] == "start"] == [
        ("start", 1, 1),
        ("start", 1, 2),
    ]


def _lost(outcome: Outcome) -> Outcome:
    return Outcome(outcome.unit, outcome.worker, lost=True)


def _failed(outcome: Outcome) -> Outcome:
    return Outcome(outcome.unit, outcome.worker, error="out of memory")


@pytest.mark.parametrize(("ends", "told"), [(_lost, "trained"), (_failed, "failed")])
def test_how_the_first_unit_ends_decides_whether_it_comes_again(
    ends: Callable[[Outcome], Outcome], told: str
) -> None:
    diary = Diary(configs=1, workers=1, epochs=1)
    wait = diary.wait
    ways = [ends]

    def first_differently() -> list[Outcome]:
        return [ways.pop()(outcome) if ways else outcome for outcome in wait()]

    diary.wait = first_differently  # type: ignore[method-assign]
    drive(diary.schedule, diary, diary)
    starts = [entry for entry in diary.entries if entry[0] == "start"]
    assert len(starts) == (2 if told == "trained" else 1)
    assert diary.entries[-1] == (told, 1, 1)


def test_between_units_the_listener_may_end_the_run() -> None:
    diary = Diary(configs=3, workers=1, epochs=2)

    def stop_when_one_is_through() -> None:
        if ("trained", 1, 1) in diary.entries:
            diary.schedule.drop_idle()

    diary.between = stop_when_one_is_through  # type: ignore[method-assign]
    drive(diary.schedule, diary, diary)
    trained = [entry for entry in diary.entries if entry[0] == "trained"]
    # What was in flight is finished, and nothing else is begun.
    assert trained == [("trained", 1, 1), ("trained", 2, 1)]
