"""The conformance suite for search methods: what every ``Search`` must do, in simulated runs.

For a method of one's own, in a test module:

    from cerebro_db.testing.search_methods import *

    @pytest.fixture(scope="module", params=[Case("mine", lambda terms: Mine(terms, {}))], ids=str)
    def case(request):
        return request.param

It needs pytest and hypothesis, and neither a database nor a framework.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cerebro_db.search import Measured, Order, Search, Space, Start, Terms
from cerebro_db.testing.simulated_search import (
    NO_FATES,
    Fates,
    Pace,
    SimulatedRun,
    abreast,
    at_random,
    newest,
    oldest,
)

__all__ = [
    "Case",
    "test_a_budget_is_never_exceeded",
    "test_a_search_ends_where_all_trials_do",
    "test_a_search_told_the_same_decides_the_same",
    "test_candidates_are_a_function_of_the_seed",
    "test_equal_values_are_told_apart_alike",
    "test_no_bad_end_blocks_what_waits",
    "test_of_a_strict_search_timing_changes_nothing",
    "test_some_trial_trains_to_the_end",
]

SPACE = {
    "learning_rate": {"log": [0.0001, 0.1]},
    "dropout": {"uniform": [0.1, 0.5]},
    "batch_size": [32, 64, 128],
    "hidden": [[64], [128, 64]],
}
# What a state allows to change, in this space.
MUTABLE = frozenset(("learning_rate", "dropout", "batch_size"))


@dataclass(frozen=True)
class Case:
    """A method with its options.

    Args:
        name: what a failed test says that it is.
        open: makes a search; the same terms make the same one.
        orders: those that it knows.
        epochs: how far one trial trains.
        space: the space that it searches.
        examples: how many orders of arrival are tried; fewer for a method that thinks longer.
    """

    name: str
    open: Callable[[Terms], Search]
    orders: tuple[Order, ...] = ("strict", "free")
    epochs: int = 9
    space: Any = field(default_factory=lambda: SPACE)
    examples: int = 5

    def __str__(self) -> str:
        return self.name

    def terms(self, order: Order, **others: Any) -> Terms:
        """Return the terms of a search."""
        found: dict[str, Any] = {"seed": 1, "epochs": self.epochs, "mutable": MUTABLE, "workers": 3}
        return Terms(Space.parse(self.space), order=order, **(found | others))

    def run(
        self,
        terms: Terms,
        pace: Pace = abreast,
        fates: Fates = NO_FATES,
        **others: Any,
    ) -> SimulatedRun:
        """Drive a new search to its end."""
        return SimulatedRun(self.open(terms), terms, pace, fates, **others).drive()

    def tried(self, check: Callable[[int, int, Pace], None]) -> None:
        """Have Hypothesis try orders of arrival: with a seed, a number of workers, and the pace."""

        @settings(max_examples=self.examples, deadline=None, database=None, derandomize=True)
        @given(
            st.integers(0, 2**32),
            st.integers(1, 12),
            st.sampled_from(["any", "oldest", "newest", "abreast"]),
        )
        def attempt(seed: int, workers: int, name: str) -> None:
            paces = {"oldest": oldest, "newest": newest, "abreast": abreast}
            check(seed, workers, paces.get(name) or at_random(seed, workers))

        attempt()


BAD = (
    Fates(diverge=0.3),
    Fates(fail=0.3),
    Fates(rest=0.3),
    Fates(diverge=0.2, fail=0.2, rest=0.2, waiting=True),
    Fates(brought=3),
    Fates(diverge=0.1, fail=0.1, rest=0.1, brought=2, waiting=True),
)
HOPELESS = (Fates(diverge=1.0), Fates(fail=1.0), Fates(rest=1.0))


@pytest.mark.parametrize("fates", HOPELESS, ids=str)
def test_a_search_ends_where_all_trials_do(case: Case, fates: Fates) -> None:
    for order in case.orders:
        run = case.run(case.terms(order), newest, fates)
        assert run.trials
        assert not list(run.of_status("waiting", "training"))


@pytest.mark.parametrize("fates", BAD, ids=str)
def test_no_bad_end_blocks_what_waits(case: Case, fates: Fates) -> None:
    """Whatever becomes of some trials, all others are decided, legally, and the search ends."""
    for order in case.orders:

        def check(seed: int, workers: int, pace: Pace, order: Order = order) -> None:
            run = case.run(case.terms(order, seed=seed, workers=workers), pace, fates)
            assert not list(run.of_status("waiting", "training"))

        case.tried(check)


def test_some_trial_trains_to_the_end(case: Case) -> None:
    for order in case.orders:
        run = case.run(case.terms(order))
        assert any(trial.done == case.epochs for trial in run.of_status("finished"))


def test_a_search_told_the_same_decides_the_same(case: Case) -> None:
    """Another search of the same terms, told the same in the same order, decides the same."""
    for order in case.orders:

        def check(seed: int, workers: int, pace: Pace, order: Order = order) -> None:
            terms = case.terms(order, seed=seed, workers=workers)
            run = case.run(terms, pace, BAD[-1])
            again = case.open(terms)
            assert list(again.begin()) == run.begun
            for result, decisions in run.told:
                assert list(again.tell(result)) == decisions

        case.tried(check)


@pytest.mark.parametrize("fates", [Fates(), Fates(diverge=0.2, fail=0.1, rest=0.1)], ids=str)
def test_of_a_strict_search_timing_changes_nothing(case: Case, fates: Fates) -> None:
    """Trials, values, budgets, ends and reasons hang on inputs alone."""
    if "strict" not in case.orders:
        return
    expected = case.run(case.terms("strict"), abreast, fates).outcomes

    def check(seed: int, workers: int, pace: Pace) -> None:
        assert case.run(case.terms("strict", workers=workers), pace, fates).outcomes == expected

    case.tried(check)


def test_a_budget_is_never_exceeded(case: Case) -> None:
    """Neither asked for nor trained are more epochs than the budget, and some are."""
    for order in case.orders:

        def check(seed: int, workers: int, pace: Pace, order: Order = order) -> None:
            budget = 1 + seed % 20 * (1 + seed % 11)
            fates = BAD[-1] if seed % 2 else NO_FATES
            run = case.run(case.terms(order, budget=budget), pace, fates)
            assert run.epochs <= budget
            assert run.trials
            assert not list(run.of_status("waiting", "training"))

        case.tried(check)
        check(0, 1, abreast)


def test_candidates_are_a_function_of_the_seed(case: Case) -> None:
    """The same seed makes the same candidates, another one others, where any are drawn."""
    for order in case.orders:
        begun = [_values(case, case.terms(order, seed=seed)) for seed in (1, 1, 2)]
        assert begun[0] == begun[1]
        assert case.name.startswith("grid") or begun[0] != begun[2]
        assert len(set(begun[0])) == len(begun[0])


def test_equal_values_are_told_apart_alike(case: Case) -> None:
    """Where all trials come to the same, nothing fails, and a strict search is strict still."""
    for order in case.orders:
        found = [
            case.run(case.terms(order), pace, curve=lambda params, epoch: 0.5)
            for pace in (abreast, newest)
        ]
        assert order == "free" or found[0].outcomes == found[1].outcomes
        assert all(isinstance(told, Measured) for told, _ in found[0].told)


def _values(case: Case, terms: Terms) -> list[str]:
    starts = [decision for decision in case.open(terms).begin() if isinstance(decision, Start)]
    return [json.dumps(start.candidate.params, sort_keys=True) for start in starts]
