"""The benchmark's arithmetic: medians, ratios within a round, verdicts, and what is published."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import best_epoch, compare, table
from benchmarks.contestants import ARRAYS, CONTESTANTS, OURS, Contestant, Sample
from benchmarks.hops import busy_share, periods, training_seconds
from benchmarks.marks import filled
from benchmarks.report import Curve, Figure, Goal, Line, Report
from benchmarks.rivals._base import Outcome, Unit
from benchmarks.scope import QUICK, Scope
from benchmarks.session import Fitted

KERAS = next(contestant for contestant in CONTESTANTS if contestant.module == "keras_fit")


def unit(worker: int, started: float, finished: float) -> Unit:
    return Unit(1, 1, 0, worker, started, finished, 100)


# The first units are slow: they compile. Worker 1 idles for half a second, and ends first.
UNITS = [
    unit(0, 0.0, 2.0),
    unit(1, 0.5, 3.0),
    unit(0, 2.0, 4.0),
    unit(1, 3.5, 5.0),
    unit(0, 4.0, 6.0),
]


def sample(
    contestant: Contestant, number: int, seconds: float, loss: float = 0.3, training: float = 0
) -> Sample:
    units = UNITS if contestant is OURS else []
    outcome = Outcome({"a": loss, "b": loss + 0.1}, {"training": training}, units)
    return Sample(contestant, "w1", number, seconds, outcome)


def test_ratios_are_those_within_a_round() -> None:
    ours, keras = [5.0, 10.0, 6.0], [50.0, 60.0, 54.0]
    samples = [sample(OURS, i, seconds) for i, seconds in enumerate(ours)]
    samples += [sample(KERAS, i, seconds, loss=0.2) for i, seconds in enumerate(keras)]
    own, rival = compare.lines(samples)
    assert (own.seconds, own.ratio, own.goal) == (6.0, None, None)
    assert rival == Line("w1", KERAS.title, 3, 54.0, 50.0, 60.0, 0.2, 9.0, Goal(8, least=True))


def test_arrays_are_compared_by_training_alone() -> None:
    samples = [sample(OURS, 0, 9.0), sample(ARRAYS, 0, 8.0, training=5.0)]
    assert compare.lines(samples)[1].seconds == 5.0
    figures = {figure.what: figure.value for figure in compare.training_figures(samples)}
    assert figures["our training in the database"] == training_seconds(UNITS) == 6.0
    assert figures["the same, over that on arrays in memory"] == pytest.approx(1.2)


def test_the_steady_state_lies_between_compiling_and_running_out_of_work() -> None:
    # From 3 to 5 s, worker 1 is idle for half a second.
    assert busy_share(UNITS) == pytest.approx(3.5 / 4)
    assert periods(UNITS) == [2.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (Goal(8, least=True), 8, True),
        (Goal(8, least=True), 7.99, False),
        (Goal(1.05, least=False), 1.05, True),
        (Goal(1.05, least=False), 1.06, False),
    ],
)
def test_verdicts(goal: Goal, value: float, met: bool) -> None:
    assert goal.met(value) is met
    shown = table.figures([Figure("w1", "speed", value, "x", goal)])
    assert ("**missed**" in shown) is not met


def test_best_epochs_cost_what_they_take_more_within_a_round() -> None:
    with_best = [Fitted(0.0, seconds, [], 5_000_000) for seconds in (10.5, 22.0, 10.1)]
    without = [Fitted(0.0, seconds, [], 3_000_000) for seconds in (10.0, 20.0, 10.0)]
    time, log = best_epoch.figures("w1", with_best, without, 3.0)
    assert (time.value, time.unit) == (pytest.approx(5.0), "%")
    assert time.goal == Goal(3.0, least=False)
    assert (log.value, log.unit) == (2.0, "MB")


def test_a_report_survives_json_and_tells_what_is_missing(tmp_path: Path) -> None:
    report = Report(
        dict.fromkeys(("processor", "memory", "system", "date", "load before"), "some"),
        QUICK.left_out(),
        [Line("w1", "a", 3, 2.0, 1.0, 3.0, 0.5, 2.0, Goal(1, least=True))],
        [Figure("w1", "speed", 1.0)],
        [Curve("title", "x", "y", [1, 2], {"fit": [3, 4]}, [5, 6])],
    )
    report.write(tmp_path / "report.json")
    assert Report.read(tmp_path / "report.json") == report
    assert "Left out: W2; W3; Optuna" in table.whole(report)
    assert Scope().left_out() == []


def test_reports_of_parts_make_one_of_the_whole() -> None:
    def part(workload: str, seconds: float) -> Report:
        scope = Scope(workloads=(workload,), curves=False)
        line = Line(workload, "a", 3, seconds, 1.0, 3.0, 0.5, None, None)
        figures = [Figure(workload, "own", seconds), Figure("a session", "warm start", seconds)]
        return Report({"processor": workload}, scope.left_out(), [line], figures)

    joined = Report.joined([part("w2", 2.0), part("w1", 1.0)])
    assert joined.machine == {"processor": "w2"}
    assert [line.workload for line in joined.lines] == ["w1", "w2"]
    found = {(figure.subject, figure.what): figure.value for figure in joined.figures}
    assert found == {("w1", "own"): 1.0, ("a session", "warm start"): 2.0, ("w2", "own"): 2.0}
    assert [what[:13] for what in joined.left_out] == ["W3", "how cost grow"]


def test_publishing_fills_the_marks_and_nothing_else() -> None:
    document = "before\n<!-- benchmark: w1 -->\nold\n\nolder\n<!-- end -->\nafter\n"
    once = filled(document, {"w1": "| new |"})
    assert once == "before\n<!-- benchmark: w1 -->\n\n| new |\n\n<!-- end -->\nafter\n"
    assert filled(once, {"w1": "| new |"}) == once
    assert filled(document, {"quality": "new"}) == document
    with pytest.raises(KeyError, match="no such mark: w2"):
        filled(document, {"w2": "new"})
    with pytest.raises(KeyError, match="no such mark: w2"):
        filled(document.replace("w1", "w2"), {})
