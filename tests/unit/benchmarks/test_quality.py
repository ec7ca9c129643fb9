"""The arithmetic of time to quality: what is good enough, when it was reached, who was faster."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import table
from benchmarks.quality import compare
from benchmarks.quality._base import Job, points
from benchmarks.quality.contest import RANDOM, RIVALS, Contestant, Sample, Scale, interleaved
from benchmarks.quality.curve import Point, Reached, best, reached, target
from benchmarks.quality.measure import load, save
from benchmarks.quality.rows import encoded
from benchmarks.report import Goal, Quality, Report

ASHA = Contestant("in_database", "cerebro_fit, asha", {"method": "asha"})
TPE = Contestant("in_database", "cerebro_fit, tpe", {"method": "tpe"})
RAY = Contestant("ray_asha", "Ray Tune ASHA, Keras")
LIMIT = 100.0


def curve(*errors: float) -> list[Point]:
    return [Point(1000.0 + i, 1, i + 1, error) for i, error in enumerate(errors)]


def sample(contestant: Contestant, number: int, seconds: float | None, epochs: int = 100) -> Sample:
    """Return a sample in which the target took so many seconds and half of the epochs."""
    found = None if seconds is None else Reached(seconds, epochs // 2)
    return Sample(contestant, "adult", number, 0.1, 0.0999, epochs, found, 1.5)


def test_good_enough_is_half_a_percent_more_than_the_least_error_of_the_reference() -> None:
    assert target(curve(0.5, 0.2, 0.3)) == pytest.approx(0.201)
    assert best([]) == float("inf")


def test_time_runs_from_the_start_of_the_process_and_epochs_of_all_trials_count() -> None:
    shuffled = [Point(1007.0, 2, 1, 0.1), Point(1003.0, 1, 1, 0.4), Point(1005.0, 3, 1, 0.2)]
    assert reached(shuffled, 1000.0, 0.2) == Reached(5.0, 2)
    assert reached(shuffled, 1000.0, 0.1) == Reached(7.0, 3)
    assert reached(shuffled, 1000.0, 0.09) is None


def test_nobody_goes_on_when_it_is_good_enough_or_late() -> None:
    job = Job("", "adult", 20, 1, 0.1, float("inf"))
    assert job.over(0.1)
    assert not job.over(0.11)
    assert Job("", "adult", 20, 1, 0.1, 0.0).over(0.11)


def test_the_reference_goes_on_to_its_end() -> None:
    assert not Job("", "adult", 20, 1, 0.0, float("inf")).over(1e-9)


def test_points_survive_the_way_to_the_caller() -> None:
    assert points('[{"at": 1.5, "trial": 1, "epoch": 2, "error": 0.25}]') == [
        Point(1.5, 1, 2, 0.25)
    ]


def found(samples: list[Sample]) -> dict[str, Quality]:
    return {line.contestant: line for line in compare.lines(samples, LIMIT)}


def test_a_rival_is_compared_within_a_round_with_the_fastest_of_ours() -> None:
    samples = [
        each
        for number, (random, asha, tpe, ray) in enumerate(
            [(50.0, 5.0, 20.0, 40.0), (60.0, 10.0, 4.0, 50.0), (55.0, 6.0, 30.0, 54.0)]
        )
        for each in (
            sample(RANDOM, number, random, 1200),
            sample(ASHA, number, asha, 200),
            sample(TPE, number, tpe, 1000),
            sample(RAY, number, ray, 900),
        )
    ]
    lines = found(samples)
    assert compare.headline(samples, "adult") == ASHA
    # 8, 5 and 9 times as long.
    assert lines[RAY.title].ratio == 8.0
    assert lines[RAY.title].ratio_goal == Goal(4, least=True)
    assert (lines[RAY.title].seconds, lines[RAY.title].epochs) == (50.0, 450)
    # 100 and 500 epochs of 1,200.
    assert lines[ASHA.title].share == pytest.approx(1 / 12)
    assert lines[TPE.title].share == pytest.approx(5 / 12)
    assert lines[TPE.title].share_goal == Goal(0.25, least=False)
    assert (lines[RANDOM.title].ratio, lines[RANDOM.title].share) == (None, None)
    assert {line.load for line in lines.values()} == {1.5}


def test_rounds_that_only_one_of_both_has_run_do_not_count() -> None:
    samples = [
        *(sample(RANDOM, number, 50.0) for number in range(2)),
        *(sample(ASHA, number, 5.0) for number in range(2)),
        sample(RAY, 0, 40.0),
    ]
    assert found(samples)[RAY.title].ratio == 8.0


def test_who_gives_up_counts_with_the_limit_and_the_ratio_is_a_bound() -> None:
    samples = [sample(RANDOM, 0, 50.0), sample(ASHA, 0, 10.0), sample(RAY, 0, None)]
    ray = found(samples)[RAY.title]
    assert (ray.seconds, ray.epochs, ray.reached, ray.ratio) == (None, None, 0, 10.0)
    shown = table.qualities([ray])
    assert "> 100" in shown
    assert "≥ 10.00 x" in shown
    assert "met" in shown


def test_a_bound_below_the_goal_leaves_it_open() -> None:
    samples = [sample(RANDOM, 0, 50.0), sample(ASHA, 0, 30.0), sample(RAY, 0, None)]
    shown = table.qualities([found(samples)[RAY.title]])
    assert "≥ 3.33 x" in shown
    assert "| open |" in shown


def test_nothing_speaks_for_ours_where_it_gives_up() -> None:
    samples = [sample(RANDOM, 0, 50.0), sample(ASHA, 0, None), sample(RAY, 0, 20.0)]
    lines = found(samples)
    assert lines[RAY.title].ratio == 0.0
    assert lines[ASHA.title].share is None
    assert "**missed**" in table.qualities([lines[RAY.title]])


def test_without_a_method_of_ours_there_is_no_ratio() -> None:
    assert found([sample(RANDOM, 0, 50.0), sample(RAY, 0, 20.0)])[RAY.title].ratio is None


def test_a_report_with_qualities_survives_json(tmp_path: Path) -> None:
    lines = compare.lines([sample(RANDOM, 0, 50.0), sample(ASHA, 0, 5.0), sample(RAY, 0, 40.0)], 9)
    report = Report({}, [], qualities=lines)
    report.write(tmp_path / "report.json")
    assert Report.read(tmp_path / "report.json") == report
    assert Report.joined([report, Report({}, [], qualities=lines)]).qualities == lines


def test_what_was_run_is_kept_and_not_run_again(tmp_path: Path) -> None:
    ray, optuna = RIVALS["ray"], RIVALS["optuna"]
    runs = [sample(RANDOM, 0, 50.0), sample(ray, 0, None), sample(optuna, 0, 40.0)]
    save(tmp_path / "runs.json", runs)
    known = load(tmp_path / "runs.json")
    assert known == runs
    # There is no server: whoever is run fails.
    again = interleaved("", [ray, optuna], ["adult"], 1, Scale(), known)
    assert list(again) == runs


def test_texts_are_one_hot_and_numbers_standard_by_the_training_rows() -> None:
    columns = {"n": (1, 3, 100), "t": ("b", None, "c")}
    x = encoded(columns, np.array([True, True, False]))
    assert x.dtype == np.float32
    assert x.tolist() == [[-1, 1], [1, 0], [98, 0]]
