"""The threshold that is best on known rows, against trying all there are."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from cerebro_db.training.thresholds import Cost, Wish


def f1_at(threshold: float, truth: np.ndarray, scores: np.ndarray) -> float:
    return float(f1_score(truth, scores > threshold, zero_division=0))


def cost_at(threshold: float, truth: np.ndarray, scores: np.ndarray, cost: Cost) -> float:
    wrong = ((scores > threshold) & (truth == 0)).sum() * cost.false_positive
    missed = ((scores <= threshold) & (truth == 1)).sum() * cost.false_negative
    return float(wrong + missed)


def rows(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = (rng.random(60) < 0.3).astype(np.float32)
    # Many ties.
    scores = np.clip(0.2 + 0.2 * truth + rng.integers(-4, 8, 60) / 20, 0, 1)
    # As float32 has them, and as thresholds are compared with them.
    return truth, scores.astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("seed", range(10))
def test_no_other_threshold_has_a_higher_f1(seed: int) -> None:
    truth, scores = rows(seed)
    (found,) = Wish().best(truth, scores[:, None])
    assert f1_at(found, truth, scores) == max(f1_at(t, truth, scores) for t in [0, *scores, 0.5])


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("cost", [Cost(1, 5), Cost(4, 1), Cost(0, 1)])
def test_no_other_threshold_costs_less(seed: int, cost: Cost) -> None:
    truth, scores = rows(seed)
    (found,) = Wish(cost=cost).best(truth, scores[:, None])
    every = [cost_at(t, truth, scores, cost) for t in [0, *scores, 0.5]]
    assert cost_at(found, truth, scores, cost) == min(every)


def test_each_label_has_its_own_in_few_digits() -> None:
    truth = np.array([[0, 0], [1, 0], [1, 1]], np.float32)
    scores = np.array([[0.1001, 0.2], [0.2002, 0.6], [0.3, 0.9]], np.float32)
    assert Wish().best(truth, scores) == [0.2, 0.8]


def test_a_half_stays_where_no_other_is_better() -> None:
    nobody = np.zeros(3, np.float32)
    assert Wish().best(nobody, np.array([[0.1], [0.2], [0.4]], np.float32)) == [0.5]
    assert Wish().best(np.ones(2), np.array([[0.6], [0.7]], np.float32)) == [0.5]


def test_a_stated_number_is_taken_for_all() -> None:
    assert Wish(number=0.3).best(np.zeros((0, 2)), np.zeros((0, 2))) == [0.3, 0.3]


@pytest.mark.parametrize(
    ("document", "wish"),
    [
        ("f1", Wish()),
        (0.25, Wish(number=0.25)),
        ({"cost": {"false_negative": 5}}, Wish(cost=Cost(1, 5))),
        ({"cost": {"false_positive": 2.5, "false_negative": 0}}, Wish(cost=Cost(2.5, 0))),
    ],
)
def test_what_may_be_wished(document: object, wish: Wish) -> None:
    assert Wish.of(document) == wish


@pytest.mark.parametrize(
    "document",
    [
        "F1",
        0,
        1,
        True,
        [],
        {},
        {"cost": 5},
        {"cost": {}},
        {"cost": {"false_negative": -1}},
        {"cost": {"false_negative": True}},
        {"cost": {"false_negative": 0, "false_positive": 0}},
        {"cost": {"fn": 1}},
        {"cost": {"false_negative": 1}, "f1": 1},
    ],
)
def test_what_may_not_be_wished(document: object) -> None:
    assert Wish.of(document) is None


@pytest.mark.parametrize("wish", [Wish(), Wish(cost=Cost(1, 5))], ids=["f1", "cost"])
def test_a_row_counts_as_often_as_it_weighs(wish: Wish) -> None:
    often = np.arange(60) % 4
    found, expected, alike = [], [], []
    for truth, scores in map(rows, range(5)):
        found += wish.best(truth, scores[:, None], often.astype(np.float32))
        expected += wish.best(np.repeat(truth, often), np.repeat(scores, often)[:, None])
        alike += wish.best(truth, scores[:, None])
    assert found == expected != alike


@pytest.mark.parametrize("stated", [10**400, float("inf"), float("nan"), -1, True, "1"])
def test_costs_that_nobody_may_mean_are_refused(stated: object) -> None:
    assert Wish.of({"cost": {"false_positive": stated}}) is None
    assert Wish.of({"cost": {"false_positive": 10**90}}) == Wish(cost=Cost(1e90, 1.0))
