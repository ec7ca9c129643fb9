"""The search where nothing is stated: as much of a portfolio as a budget is enough for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cerebro_db.errors import LimitExceeded
from cerebro_db.model import Meaning
from cerebro_db.search import EPOCHS, Space, check_possible, default_search, epochs_by_data

TASKS: tuple[str, ...] = ("binary", "multiclass", "regression")


def none_registered(name: str) -> dict[str, Any]:
    raise AssertionError(name)


def branches(search: Any) -> list[dict[str, Any]]:
    assert isinstance(search.space, list)
    return search.space


def spent(search: Any, work: int) -> int:
    return sum(branch[EPOCHS][0] * work for branch in branches(search))


@pytest.mark.parametrize("task", TASKS)
def test_all_that_the_portfolio_has_is_possible(task: str) -> None:
    found = default_search(task, 1_000, lambda params: 1, seconds=600)
    check_possible(Space.parse(found.space, Meaning({"family": "mlp"}, none_registered)))
    assert len({str(branch) for branch in branches(found)}) == len(branches(found)) >= 6


@pytest.mark.parametrize("task", TASKS)
def test_a_larger_budget_has_the_same_first_ones_and_more(task: str) -> None:
    work = 3 * 10**9
    small, large = (default_search(task, 10_000, lambda params: work, seconds=s) for s in (20, 100))
    assert len(branches(small)) < len(branches(large))
    for less, more in zip(branches(small), branches(large), strict=False):
        assert less | {EPOCHS: []} == more | {EPOCHS: []}
        assert less[EPOCHS][0] <= more[EPOCHS][0]
    assert spent(small, work) < spent(large, work)


def test_work_grows_with_the_seconds() -> None:
    work = 10**11
    budgets = [20, 40, 80]
    found = [default_search("binary", 20_000, lambda params: work, seconds=s) for s in budgets]
    least, more, most = (spent(one, work) for one in found)
    assert least < more < most <= 8 * least


def test_at_least_one_is_tried_however_much_it_takes() -> None:
    found = default_search("binary", 10**9, lambda params: 10**18)
    assert len(branches(found)) == 1


def only(family: str) -> Callable[[dict[str, Any]], int]:
    def work(params: dict[str, Any]) -> int:
        if params["family"] != family:
            raise LimitExceeded(f"{params['family']} is too large")
        return 1

    return work


def test_what_does_not_suit_the_dataset_is_left_out_and_costs_no_epochs() -> None:
    found = default_search("binary", 1_000, only("realmlp"), seconds=3600)
    assert {branch["family"][0] for branch in branches(found)} == {"realmlp"}
    assert branches(found)[0][EPOCHS] == [epochs_by_data(1_000)]


def test_where_nothing_suits_it_says_why() -> None:
    with pytest.raises(LimitExceeded, match="tabm is too large"):
        default_search("binary", 1_000, only("none"))


def test_a_network_for_each_fold_is_fewer_configurations() -> None:
    work = 4 * 10**9
    alone = default_search("binary", 10_000, lambda params: work, seconds=60)
    folds = default_search("binary", 10_000, lambda params: 4 * work, networks=5, seconds=60)
    assert len(branches(folds)) < len(branches(alone))


def test_epochs_that_are_stated_are_the_most_that_one_has() -> None:
    found = default_search("regression", 1_000, lambda params: 1, epochs=3)
    assert max(branch[EPOCHS][0] for branch in branches(found)) == 3


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("epochs", [None, 20])
def test_no_two_are_the_same_network(task: str, epochs: int | None) -> None:
    found = default_search(task, 1_000, lambda params: 1, seconds=3600, epochs=epochs)
    assert len({str(branch) for branch in branches(found)}) == len(branches(found))
