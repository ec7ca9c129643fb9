"""Reading search spaces, and what grid and random search make of them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cerebro_db.errors import CerebroError, InvalidArgument, LimitExceeded
from cerebro_db.search import Space, Start, Terms, default_space, open_search


def candidates(space: dict[str, Any], search: dict[str, Any], seed: int = 0) -> list[Any]:
    found = open_search(search, Terms(Space.parse(space), seed, 1))
    return [start.candidate.params for start in found.begin() if isinstance(start, Start)]


def test_grid_is_the_product_in_order() -> None:
    assert candidates({"a": [1, 2], "b": [[64], [128, 64]]}, {"method": "grid"}) == [
        {"a": 1, "b": [64]},
        {"a": 1, "b": [128, 64]},
        {"a": 2, "b": [64]},
        {"a": 2, "b": [128, 64]},
    ]


def test_grid_of_an_empty_space_is_one_candidate() -> None:
    assert candidates({}, {}) == [{}]


def test_a_single_value_is_fixed() -> None:
    assert candidates({"a": 3, "b": "adam"}, {}) == [{"a": 3, "b": "adam"}]


def test_grid_cuts_ranges_into_points() -> None:
    space = {
        "a": {"log": [1e-4, 1e-1], "points": 4},
        "b": {"uniform": [0, 1], "points": 3},
    }
    found = candidates(space, {"method": "grid"})
    assert sorted({c["a"] for c in found}) == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1])
    assert sorted({c["b"] for c in found}) == [0, 0.5, 1]


def test_grid_takes_the_steps_of_an_int_range() -> None:
    found = candidates({"a": {"int": [16, 64, 16]}}, {"method": "grid"})
    assert [c["a"] for c in found] == [16, 32, 48, 64]
    found = candidates({"a": {"int": [1, 100], "points": 3}}, {"method": "grid"})
    assert [c["a"] for c in found] == [1, 51, 100]


def test_grid_needs_points_for_a_range() -> None:
    with pytest.raises(InvalidArgument, match="how many values") as error:
        candidates({"a": {"log": [1e-4, 1e-1]}}, {"method": "grid"})
    assert "points" in error.value.hint


def test_random_draws_within_the_space_and_never_twice() -> None:
    space = {
        "a": {"log": [1e-4, 1e-1]},
        "b": {"uniform": [0, 0.5]},
        "c": {"int": [16, 256, 16]},
        "d": ["x", "y"],
    }
    found = candidates(space, {"method": "random", "configs": 50})
    assert len({json.dumps(c) for c in found}) == 50
    for c in found:
        assert 1e-4 <= c["a"] <= 1e-1
        assert 0 <= c["b"] <= 0.5
        assert c["c"] in range(16, 257, 16)
        assert c["d"] in ("x", "y")
    logs = sorted(math.log10(c["a"]) for c in found)
    assert logs[10] < -2.5 < logs[-10]


def test_random_is_a_function_of_the_seed() -> None:
    space = {"a": {"uniform": [0, 1]}}
    search = {"method": "random", "configs": 5}
    assert candidates(space, search, 1) == candidates(space, search, 1)
    assert candidates(space, search, 1) != candidates(space, search, 2)


def test_random_stops_where_a_space_is_exhausted() -> None:
    found = candidates({"a": [1, 2, 3]}, {"method": "random", "configs": 50})
    assert sorted(c["a"] for c in found) == [1, 2, 3]


@pytest.mark.parametrize(
    ("space", "says"),
    [
        ({"a": []}, "empty"),
        ({"a": {"log": [0, 1]}}, "above 0"),
        ({"a": {"log": [1, 0.1]}}, "above its high"),
        ({"a": {"uniform": [1]}}, "two finite numbers"),
        ({"a": {"uniform": ["0", "1"]}}, "two finite numbers"),
        ({"a": {"int": [1, 5, 0]}}, "step"),
        ({"a": {"int": [1.5, 5]}}, "integers"),
        ({"a": {"int": [5, 1]}}, "above its high"),
        ({"a": {"uniform": [0, 1], "points": 0}}, "positive integer"),
        ({"a": {"uniform": [0, True]}}, "two finite numbers"),
    ],
)
def test_senseless_dimensions_are_refused(space: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        Space.parse(space)
    assert says in error.value.detail
    assert error.value.hint
    assert '"a"' in error.value.message


@pytest.mark.parametrize(
    ("space", "hint"),
    [
        ({"a": {"lgo": [1, 2]}}, '"log"'),
        ({"a": {"log": [1, 2], "point": 3}}, '"points"'),
        ({"a": {"log": [1, 2], "uniform": [1, 2]}}, "log"),
        ({"a": {}}, "log"),
    ],
)
def test_unknown_keys_are_refused_with_the_nearest(space: dict[str, Any], hint: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        Space.parse(space)
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("search", "hint"),
    [
        ({"method": "rnadom"}, '"random"'),
        ({"method": "grid", "configs": 5}, "method"),
        ({"method": "random", "config": 5}, '"configs"'),
        ({"method": ["grid"]}, "grid"),
        ({"method": "random", "configs": 0}, "configs"),
        ({"method": "random", "configs": True}, "configs"),
    ],
)
def test_unknown_searches_are_refused(search: dict[str, Any], hint: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        open_search(search, Terms(Space.parse({"a": [1]}), 0, 1))
    assert hint in error.value.hint


def test_a_search_without_end_is_refused_before_it_is_built() -> None:
    space = {name: {"int": [1, 10**9, 1]} for name in "abc"}
    with pytest.raises(LimitExceeded):
        open_search({"method": "grid"}, Terms(Space.parse(space), 0, 1))
    with pytest.raises(LimitExceeded):
        open_search({"method": "random", "configs": 10**9}, Terms(Space.parse(space), 0, 1))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["log", "uniform", "int", "points", "x"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), json_values, max_size=3))
def test_any_json_is_read_or_refused(space: dict[str, Any]) -> None:
    refused: CerebroError | None = None
    found: list[Any] = []
    try:
        found = candidates(space, {"method": "random", "configs": 3})
    except CerebroError as error:
        refused = error
    assert all(set(c) == set(space) for c in found)
    assert refused is None or (refused.detail and refused.hint)


def test_default_space_is_eight_configurations_less_what_the_model_says() -> None:
    def count(family: str, *stated: str) -> int:
        return len(candidates(default_space(family, stated, 1_000, "binary"), {}))

    assert (count("mlp"), count("mlp", "hidden"), count("", "learning_rate")) == (8, 4, 1)
    assert (count("text"), count("text", "pooling", "dropout")) == (8, 4)


def test_default_space_is_about_the_rates_that_a_family_has() -> None:
    for task, rates in (("binary", [0.02, 0.04]), ("regression", [0.1, 0.2])):
        space = default_space("realmlp", (), 1_000, task)
        assert (space["learning_rate"], space["batch_size"]) == (rates, [256])
    assert default_space("realmlp", ("optimizer",), 1_000, task)["learning_rate"][0] == 0.0003
