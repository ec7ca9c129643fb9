"""What all search methods understand: their order, and budgets in epochs and seconds."""

from __future__ import annotations

from typing import Any

import pytest

from cerebro_db.errors import InvalidArgument
from cerebro_db.search import METHODS, Limits, Space, Start, Terms, limits_of, open_search

_TERMS = Terms(Space.parse({"learning_rate": [0.1, 0.2, 0.3]}), 0, 4)


@pytest.mark.parametrize("method", METHODS)
def test_options_of_all_methods(method: str) -> None:
    order = METHODS[method].ORDERS[-1]
    found = open_search({"method": method, "order": order, "epochs": 7, "seconds": 2.5}, _TERMS)
    assert found.terms.order == order
    assert found.terms.budget == 7


@pytest.mark.parametrize("method", METHODS)
def test_the_order_is_the_first_of_the_method_where_none_is_stated(method: str) -> None:
    assert open_search({"method": method}, _TERMS).terms.order == METHODS[method].ORDERS[0]


def test_limits() -> None:
    assert limits_of({"method": "grid"}) == Limits()
    assert limits_of({"epochs": 400, "seconds": 600}) == Limits(400, 600.0)


def test_a_budget_goes_round() -> None:
    starts = open_search({"epochs": 7}, _TERMS).begin()
    epochs = [start.candidate.epochs for start in starts if isinstance(start, Start)]
    assert epochs == [3, 2, 2]
    starts = open_search({"epochs": 2}, _TERMS).begin()
    assert len(starts) == 2


@pytest.mark.parametrize(
    ("search", "says", "hint"),
    [
        ({"order": "fre"}, 'one of "strict" and "free"', '"order": "strict"'),
        ({"order": ["free"]}, 'one of "strict" and "free"', '"order": "strict"'),
        ({"epochs": 0}, "positive integer", '"epochs": 400'),
        ({"epochs": 2.5}, "positive integer", '"epochs": 400'),
        ({"epochs": None}, "positive integer", '"epochs": 400'),
        ({"epochs": 10**400}, "positive integer", '"epochs": 400'),
        ({"seconds": -1}, "positive number", '"seconds": 600'),
        ({"seconds": "600"}, "positive number", '"seconds": 600'),
        ({"seconds": True}, "positive number", '"seconds": 600'),
        ({"seconds": 10**400}, "positive number", '"seconds": 600'),
        ({"second": 5}, "has no option", '"seconds"'),
        ({"Epochs": 5}, "has no option", '"epochs"'),
        ({"method": "hyperbnad"}, "unknown search method", '"hyperband"'),
        ({"method": "halving", "etta": 3}, "has no option", '"eta"'),
    ],
)
def test_wrong_options_say_what_was_found_and_what_to_write(
    search: dict[str, Any], says: str, hint: str
) -> None:
    with pytest.raises(InvalidArgument) as error:
        open_search(search, _TERMS)
    assert says in error.value.message
    assert error.value.detail
    assert hint in error.value.hint
