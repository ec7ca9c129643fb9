"""The arithmetic of the tables' benchmark: errors, ranks, gaps, goals, processor seconds, and which
configurations make a portfolio."""

from __future__ import annotations

import os
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.metrics import log_loss, roc_auc_score

from benchmarks.marks import filled
from benchmarks.report import Goal
from benchmarks.tabular import compare, table
from benchmarks.tabular.contest import interleaved
from benchmarks.tabular.contestants import CONTESTANTS, TREES, TUNED
from benchmarks.tabular.measures import measure
from benchmarks.tabular.portfolio import Curve, choose, regrets
from benchmarks.tabular.ranks import critical_difference, friedman, joined, ranks
from benchmarks.tabular.results import Result, Results
from benchmarks.tabular.sets import PORTFOLIO_SETS, SETS
from benchmarks.tabular.usage import Process, parsed, processes, tree_seconds

OURS = CONTESTANTS["ours"].title
TITLES = {name: CONTESTANTS[name].title for name in TREES}


def result(name: str, contestant: str, error: float, cpu: float = 1.0, round_: int = 0) -> Result:
    return Result(name, contestant, round_, error, None, 2.0, cpu, 0.5)


def one_call(name: str, ours: float, trees: dict[str, float], cpu: float = 1.0) -> list[Result]:
    return [
        result(name, OURS, ours, cpu),
        *(result(name, TITLES[tree], error, 2.0) for tree, error in trees.items()),
    ]


def even(error: float) -> dict[str, float]:
    return dict.fromkeys(TREES, error)


def test_no_set_of_the_contest_chooses_the_portfolio() -> None:
    assert len(SETS) >= 10
    assert not SETS.keys() & PORTFOLIO_SETS.keys()
    assert sum(one.kind == "multiclass" for one in SETS.values()) >= 2


@pytest.mark.parametrize("decimals", [1, 6])
def test_errors_of_two_classes_are_those_of_scikit_learn(decimals: int) -> None:
    random = np.random.default_rng(0)
    truth = np.where(random.random(500) < 0.3, "yes", "no")
    scores = np.clip(0.3 * (truth == "yes") + random.random(500) / 2, 0.05, 0.95).round(decimals)
    found = np.column_stack([1 - scores, scores])
    measured = measure("binary", ("no", "yes"), truth, found)
    assert measured.error == pytest.approx(1 - roc_auc_score(truth == "yes", scores))
    assert measured.log_loss == pytest.approx(log_loss(truth, found))


def test_errors_of_several_classes_and_of_numbers() -> None:
    chances = np.array([[0.7, 0.2, 0.1], [0.2, 0.3, 0.5]])
    measured = measure("multiclass", ("a", "b", "c"), np.array(["a", "b"]), chances)
    assert measured.error == 0.5
    assert measured.log_loss == pytest.approx(-np.log([0.7, 0.3]).mean())
    measured = measure("regression", (), np.array([1.0, 2.0]), np.array([4.0, 6.0]))
    assert measured.error == pytest.approx(np.sqrt(12.5))
    assert isnan(measured.log_loss)


def test_predictions_that_are_missing_are_no_predictions() -> None:
    for found in (np.array([1.0]), np.array([1.0, np.nan]), np.ones((2, 1))):
        with pytest.raises(ValueError, match="predictions"):
            measure("regression", (), np.array([1.0, 2.0]), found)


def test_ranks_are_means_over_the_sets_and_shared_by_equals() -> None:
    table_ = [[0.1, 0.2, 0.2, 0.4], [3.0, 1.0, 2.0, 4.0]]
    errors = {f"set {i}": dict(zip("abcd", row, strict=True)) for i, row in enumerate(table_)}
    expected = rankdata(table_, axis=1).mean(axis=0)
    assert list(ranks(errors).values()) == expected.tolist()
    assert 0 < friedman({**errors, "set 2": errors["set 0"]}) < 1


def test_the_critical_difference_is_the_published_one() -> None:
    # Demšar (2006), section 3.2.2: four classifiers on fourteen sets, q = 2.569.
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)


def test_a_line_joins_the_largest_runs_that_are_not_told_apart() -> None:
    assert joined([1.0, 1.5, 2.2, 3.9], 1.0) == [(0, 1), (1, 2)]
    assert joined([1.0, 1.2, 1.4], 1.0) == [(0, 2)]
    assert joined([1.0, 3.0, 5.0], 1.0) == []


def test_gaps_are_to_the_least_mean_of_the_rounds() -> None:
    own = [result("ccpp", "a", 3.0), result("ccpp", "a", 5.0, round_=1), result("ccpp", "b", 5.0)]
    best, other = compare.lines(own, "ccpp")
    assert (best.contestant, best.rounds, best.error, best.gap) == ("a", 2, 4.0, 0.0)
    assert (other.contestant, other.gap) == ("b", pytest.approx(25.0))


def test_sets_count_that_everybody_has_run_on() -> None:
    found = [result("ccpp", "a", 1.0), result("ccpp", "b", 2.0), result("ames", "b", 1.0)]
    assert compare.complete(found) == ["ccpp"]
    assert [(one.contestant, one.rank) for one in compare.standings(found)] == [("a", 1), ("b", 2)]
    assert compare.standings([]) == []


def test_goals_of_one_call_say_what_is_met_and_by_how_much_not() -> None:
    found = [
        *one_call("ccpp", 3.0, even(4.0)),
        *one_call("ames", 4.1, even(5.0) | {"lightgbm": 4.0}, cpu=3.0),
        *one_call("churn", 4.4, even(4.0), cpu=4.0),
    ]
    goals = {figure.what: figure for figure in compare.goals(found)}
    # Ranks 1, 2 and 5; LightGBM's 3.5, 1 and 2.5.
    assert goals["our mean rank"].value == pytest.approx(8 / 3)
    lightgbm = goals[f"mean rank of {TITLES['lightgbm']}, less ours"]
    assert lightgbm.value == pytest.approx(7 / 3 - 8 / 3)
    assert lightgbm.goal is not None
    assert not lightgbm.goal.met(lightgbm.value)
    assert goals["sets on which it is ahead of CatBoost"].value == pytest.approx(200 / 3)
    assert goals["behind the best of the trees, median set"].value == pytest.approx(2.5)
    assert goals["behind the best of the trees, worst set"].value == pytest.approx(10.0)
    assert goals["CPU seconds over CatBoost's, median set"].value == pytest.approx(1.5)
    shown = table.whole(Results({}, found))
    assert "| 10 % | ≤ 8 % | **missed** by 2 % |" in shown
    assert "| 66.7 % | ≥ 50 % | met |" in shown


def test_nothing_is_said_of_a_goal_whose_contestants_have_not_all_run() -> None:
    found = one_call("ccpp", 3.0, even(4.0))[:-1]
    assert compare.goals(found) == []
    assert table.headline(Results({}, found)) == ""
    assert table.whole(Results()) == ""


def test_who_is_timed_is_compared_with_who_is_tuned_for_as_long() -> None:
    found = []
    for seconds, ours in ((60, 9.0), (600, 1.0)):
        for name, error in (("ours_timed", ours), *((name, 5.0) for name in TUNED)):
            title = CONTESTANTS[name].within(seconds).title
            found.append(replace(result("ccpp", title, error), stated=seconds))
    goals = [figure for figure in compare.goals(found) if figure.what == "our mean rank"]
    assert [(g.subject, g.value) for g in goals] == [
        ("60 seconds, 1 set", 4.0),
        ("600 seconds, 1 set", 1.0),
    ]
    assert compare.goals(found)[-1].goal == Goal(0, least=True)


def test_one_network_is_compared_with_its_twin_on_the_worst_set() -> None:
    ours, twin = CONTESTANTS["ours_realmlp"].title, CONTESTANTS["realmlp"].title
    found = [result("ccpp", ours, 1.0), result("ccpp", twin, 2.0)]
    found += [result("ames", ours, 103.0), result("ames", twin, 100.0)]
    (goal,) = compare.goals(found)
    assert (goal.value, goal.goal) == (pytest.approx(3.0), Goal(1.0, least=False))


def test_what_was_run_is_kept_and_not_run_again(tmp_path: Path) -> None:
    contestants = [CONTESTANTS["ours"], CONTESTANTS["linear"]]
    found = [result("ccpp", one.title, 1.0) for one in contestants]
    Results({"processor": "some"}, found).write(tmp_path / "tables.json")
    known = Results.read([tmp_path / "tables.json", tmp_path / "none.json"])
    assert known == Results({"processor": "some"}, found)
    # There is no server: whoever is run fails.
    keys = [one.key for one in known.found]
    assert list(interleaved("", contestants, [SETS["ccpp"]], 1, keys, 1.0)) == []


def test_seconds_of_a_tree_count_whoever_descends_and_who_has_ended() -> None:
    line = "7 (odd ) name) S 3 7 7 0 -1 0 0 0 0 0 {} 20 0 1"
    ticks = os.sysconf("SC_CLK_TCK")
    process = parsed(line.format(f"{ticks} {2 * ticks} {3 * ticks} {4 * ticks}"))
    assert process == Process(3, 10.0)
    running = {1: Process(0, 100.0), 3: Process(1, 1.0), 7: Process(3, 2.0), 8: Process(7, 4.0)}
    assert tree_seconds(running, 3) == 7.0
    assert processes()[os.getpid()].parent == os.getppid()


def curve(name: str, params: str, *errors: float | None, seed: int = 0) -> Curve:
    return Curve(name, seed, params, list(errors), 1.0)


def test_regret_is_0_for_the_best_candidate_and_1_from_the_median_on() -> None:
    curves = [
        curve("x", "a", 9.0, 1.0, None),
        curve("x", "a", 3.0, seed=1),
        curve("x", "b", 3.0),
        curve("x", "c", 4.0),
        curve("x", "d", 100.0),
        curve("x", "e", 5.0),
        curve("y", "e", 1.0),
    ]
    curves += [curve("y", params, 7.0) for params in "abcd"]
    found = regrets(curves)
    assert {params: by["x"] for params, by in found.items()} == {
        "a": 0.0,
        "b": 0.5,
        "c": 1.0,
        "d": 1.0,
        "e": 1.0,
    }
    assert (found["e"]["y"], found["a"]["y"]) == (0.0, 1.0)


def test_a_candidate_that_has_not_run_everywhere_is_none() -> None:
    curves = [curve("x", "a", 1.0), curve("y", "a", 1.0), curve("x", "b", 0.5)]
    assert regrets(curves) == {"a": {"x": 0.0, "y": 0.0}}


def test_the_portfolio_is_of_those_who_complete_one_another() -> None:
    regret = {
        "everywhere": {"x": 0.4, "y": 0.4, "z": 0.4},
        "as good, a little": {"x": 0.35, "y": 0.45, "z": 0.45},
        "x alone": {"x": 0.0, "y": 1.0, "z": 1.0},
        "y alone": {"x": 1.0, "y": 0.1, "z": 1.0},
    }
    chosen = choose(regret, 3)
    assert [params for params, _ in chosen] == ["everywhere", "x alone", "y alone"]
    assert [means for _, means in chosen] == pytest.approx([0.4, 0.8 / 3, 0.5 / 3])
    # Nobody makes it any better.
    assert len(choose(regret, 9)) == 3
    assert choose({}, 3) == []


@pytest.mark.parametrize("name", ["README.md", "docs/benchmarks.md"])
def test_the_marks_of_the_documents_are_there(name: str) -> None:
    document = (Path(__file__).parents[3] / name).read_text()
    assert filled(document, {}) == document
