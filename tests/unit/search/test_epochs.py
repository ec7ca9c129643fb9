"""Epochs as a dimension, and candidates among which each value stands once."""

from __future__ import annotations

from typing import Any

import pytest

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.search import (
    METHODS,
    Space,
    Start,
    Terms,
    check_suitable,
    epochs_by_data,
    open_search,
    stated_epochs,
    with_epochs_of_models,
)


def budgets(space: Any, search: dict[str, Any], epochs: int) -> list[tuple[Any, int]]:
    found = open_search(search, Terms(Space.parse(space), 0, epochs))
    starts = [one.candidate for one in found.begin() if isinstance(one, Start)]
    assert all(candidate.until == candidate.epochs for candidate in starts)
    return [(candidate.params.get("epochs"), candidate.epochs) for candidate in starts]


def test_a_candidate_has_the_epochs_of_its_values() -> None:
    space = [{"epochs": [2, 5.0], "a": [1, 2]}, {"a": [3]}]
    assert budgets(space, {}, 9) == [(2, 2), (5, 5), (2, 2), (5, 5), (None, 9)]
    drawn = budgets({"epochs": {"int": [1, 9]}}, {"method": "random", "configs": 5}, 9)
    assert all(own == epochs for own, epochs in drawn)
    assert all(isinstance(epochs, int) for _, epochs in budgets(space, {}, 9))


@pytest.mark.parametrize(
    ("budget", "given"),
    [(1, [1, 0, 0]), (4, [1, 2, 1]), (5, [1, 2, 2]), (7, [1, 4, 2]), (50, [1, 7, 2])],
)
def test_a_budget_in_all_goes_round(budget: int, given: list[int]) -> None:
    found = dict(budgets({"epochs": [1, 7, 2]}, {"epochs": budget}, 9))
    assert [found.get(own, 0) for own in (1, 7, 2)] == given


def test_a_space_knows_the_most_epochs_that_it_gives() -> None:
    assert Space.parse({"a": [1]}).most_epochs is None
    assert Space.parse({"epochs": [2, 20], "a": [1]}).most_epochs == 20
    assert Space.parse([{"epochs": {"int": [1, 8]}}, {"epochs": 30}]).most_epochs == 30
    opened = {"a": [{"value": 1, "with": {"epochs": 7}}, 2]}
    assert Space.parse(opened).most_epochs == 7


@pytest.mark.parametrize(
    ("rows", "epochs"),
    [(1, 60), (3_000, 60), (9_999, 51), (30_000, 60), (100_000, 40), (400_000, 10), (10**7, 5)],
)
def test_epochs_by_data_are_a_budget_of_steps(rows: int, epochs: int) -> None:
    assert epochs_by_data(rows) == epochs


def test_more_epochs_than_the_run_has_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="more epochs than the run has"):
        budgets({"epochs": [5, 10]}, {}, 9)
    assert stated_epochs({"a": 1}, 9) is None
    assert stated_epochs({"epochs": 9.0}, 9) == 9
    for wrong in (10, 0, 1.5, "3", True, None, [3]):
        with pytest.raises(InvalidArgument):
            stated_epochs({"epochs": wrong}, 9)


@pytest.mark.parametrize("method", METHODS)
def test_methods_that_decide_on_epochs_refuse_them(method: str) -> None:
    if METHODS[method].TAKES_EPOCHS:
        found = budgets({"epochs": [3, 5], "learning_rate": [0.1, 0.2]}, {"method": method}, 9)
        assert len(found) == 4
        assert all(own == epochs for own, epochs in found)
        return
    with pytest.raises(InvalidArgument, match="decides itself how far"):
        budgets({"epochs": [3], "learning_rate": [0.1]}, {"method": method}, 9)


@pytest.mark.parametrize(
    "wrong", [[0], [1.5], ["3"], [True], [None], [[3]], {"uniform": [1, 3]}, {"log": [1, 3]}]
)
def test_epochs_are_whole_numbers(wrong: Any) -> None:
    for space in ({"epochs": wrong}, {"a": [{"value": 1, "with": {"epochs": wrong}}]}):
        with pytest.raises(InvalidArgument, match="whole numbers from 1 to"):
            Space.parse(space)


def test_some_candidates_cover_all_listed_values() -> None:
    space = Space.parse(
        [
            {"a": list(range(7)), "b": [{"value": "x", "with": {"c": [1, 2]}}, "y"]},
            {"d": {"uniform": [0, 1]}},
        ]
    )
    found = list(space.covering())
    assert {params["a"] for params in found if "a" in params} == set(range(7))
    assert {params["c"] for params in found if "c" in params} == {1, 2}
    assert any("d" in params for params in found)
    assert len(found) < 20
    assert list(Space.parse([{}]).covering()) == [{}]


def test_a_value_that_suits_no_dataset_is_refused_and_one_over_a_bound_is_not() -> None:
    def resolve(params: dict[str, Any]) -> None:
        if params["a"] == 3:
            raise InvalidArgument("a must not be 3", detail="It is.")
        if params["a"] == 2:
            raise LimitExceeded("2 is too large")

    check_suitable(Space.parse({"a": [1, 2]}), resolve)
    with pytest.raises(InvalidArgument, match="must not be 3") as error:
        check_suitable(Space.parse({"a": [1, 2, 3], "b": ["x"]}), resolve)
    assert '{"a": 3, "b": "x"}' in error.value.detail


def of_models(params: dict[str, Any]) -> int:
    return {"long": 9, "longer": 20}.get(params.get("family", ""), 3)


@pytest.mark.parametrize(
    ("space", "trained"),
    [
        ({"family": ["short", "long"], "a": [1, 2]}, [3, 9, 3, 9]),
        ({"family": ["short", {"value": "long", "with": [{"b": 1}, {"b": 2}]}]}, [3, 9, 9]),
        ([{"family": "long"}, {"a": [1]}, {"model": ["some"], "a": [2]}], [9, 3, 3]),
        ({"a": [{"value": 1, "with": {"c": 5}}], "family": ["longer", "short"]}, [20, 3]),
    ],
)
def test_each_model_trains_as_long_as_it_wants(space: Any, trained: list[int]) -> None:
    apart = with_epochs_of_models(space, ("model", "family"), of_models)
    assert [epochs for _, epochs in budgets(apart, {}, 20)] == trained


@pytest.mark.parametrize(
    "space",
    [
        {"a": [1]},
        {"family": ["short", "other"]},
        {"a": [{"value": 1, "with": {"family": ["long", "short"]}}, 2]},
    ],
)
def test_a_space_whose_models_want_the_same_stays_as_it_is(space: Any) -> None:
    assert with_epochs_of_models(space, ("model", "family"), of_models) is space
