"""Ensemble selection, against all that could be drawn of a few candidates."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations_with_replacement

import numpy as np
import pytest

from cerebro_db.training.selection import select

Score = Callable[[np.ndarray], float]


def squared(truth: np.ndarray) -> Score:
    return lambda found: -float(((found - truth) ** 2).mean())


def mean_of(drawn: tuple[int, ...], candidates: list[np.ndarray]) -> np.ndarray:
    return np.mean([candidates[one] for one in drawn], axis=0)


def weights(drawn: tuple[int, ...]) -> dict[int, float]:
    return {one: drawn.count(one) / len(drawn) for one in sorted(set(drawn))}


def step_by_step(candidates: list[np.ndarray], score: Score, most: int, draws: int) -> set[int]:
    """Try each candidate in each draw: the same as the paper says it, with nothing saved."""
    path: list[tuple[int, ...]] = [()]
    for _ in range(draws):
        tried = [
            (*path[-1], one) for one in range(len(candidates)) if len({*path[-1], one}) <= most
        ]
        path.append(max(tried, key=lambda drawn: round(score(mean_of(drawn, candidates)), 12)))
    best = max(path[1:], key=lambda drawn: round(score(mean_of(drawn, candidates)), 12))
    return weights(best)


def drawn_at_random(seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(40, 2))
    return truth, [truth + rng.normal(scale=1 + i / 4, size=truth.shape) for i in range(4)]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("most", [1, 2, 4])
def test_draws_are_those_of_the_paper(seed: int, most: int) -> None:
    truth, candidates = drawn_at_random(seed)
    found = select(candidates, squared(truth), most, draws=5)
    assert found == pytest.approx(step_by_step(candidates, squared(truth), most, draws=5))


@pytest.mark.parametrize("seed", range(8))
def test_it_lies_between_the_best_alone_and_the_best_of_all(seed: int) -> None:
    truth, candidates = drawn_at_random(seed)
    score = squared(truth)
    found = select(candidates, score, most=4, draws=5)
    reached = score(np.asarray(sum(candidates[one] * share for one, share in found.items())))
    alone = max(score(candidate) for candidate in candidates)
    everything = max(
        score(mean_of(drawn, candidates))
        for size in range(1, 6)
        for drawn in combinations_with_replacement(range(4), size)
    )
    assert alone < reached <= everything + 1e-12
    assert sum(found.values()) == pytest.approx(1)


def test_no_more_members_than_wanted() -> None:
    truth = np.zeros((3, 1))
    candidates = [np.eye(3)[[i]].T for i in range(3)]
    assert select(candidates, squared(truth), most=2) == {0: 0.5, 1: 0.5}
    assert select(candidates, squared(truth), most=3) == pytest.approx(
        dict.fromkeys(range(3), 1 / 3)
    )


def test_one_may_be_drawn_several_times() -> None:
    truth = np.zeros((1, 1))
    candidates = [np.array([[1.0]]), np.array([[-3.0]])]
    assert select(candidates, squared(truth), most=2) == {0: 0.75, 1: 0.25}


def test_the_best_stays_alone_where_no_mean_is_better() -> None:
    truth = np.zeros((1, 1))
    candidates = [np.array([[2.0]]), np.array([[1.0]]), np.array([[1.0]])]
    assert select(candidates, squared(truth), most=3) == {1: 1.0}


def test_what_is_not_defined_counts_least() -> None:
    candidates = [np.array([[math.nan]]), np.array([[1.0]])]
    assert select(candidates, lambda found: float(found[0, 0]), most=2) == {1: 1.0}
    assert select(candidates[:1], lambda found: float(found[0, 0]), most=2) == {0: 1.0}
