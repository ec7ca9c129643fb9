"""Each kind of range: what a grid cuts, what is drawn, what a sampler's suggestion becomes."""

from __future__ import annotations

import math
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.search import Space


def grid(dimension: Any) -> list[Any]:
    return [params["a"] for params in Space.parse({"a": dimension}).grid()]


def draws(dimension: Any, count: int = 2_000) -> list[Any]:
    space, generator = Space.parse({"a": dimension}), Random(1)
    return [space.draw(generator)["a"] for _ in range(count)]


class ScriptedTrial:
    """Answers like a trial of Optuna: with its own choice, and notes what it was asked."""

    def __init__(self, share: float = 0.5) -> None:
        self.share = share
        self.asked: dict[str, tuple[Any, ...]] = {}

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        self.asked[name] = ("float", low, high, log)
        if log:
            return low * (high / low) ** self.share
        return low + (high - low) * self.share

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        assert not log or step == 1
        self.asked[name] = ("int", low, high, step, log)
        return low + step * math.floor((high - low) // step * self.share)

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        assert all(isinstance(choice, int) for choice in choices)
        self.asked[name] = ("categorical", len(choices))
        return choices[min(int(len(choices) * self.share), len(choices) - 1)]


def suggested(dimension: Any, share: float = 0.5) -> tuple[Any, dict[str, tuple[Any, ...]]]:
    trial = ScriptedTrial(share)
    return Space.parse({"a": dimension}).suggest(trial)["a"], trial.asked


def test_steps_are_decimal() -> None:
    assert grid({"uniform": [0, 0.5], "step": 0.1}) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert grid({"uniform": [0.1, 0.35], "step": 0.1}) == [0.1, 0.2, 0.3]
    assert grid({"uniform": [0, 0.5], "step": 0.05, "points": 3}) == [0.0, 0.25, 0.5]
    assert set(draws({"uniform": [0, 0.5], "step": 0.1})) == {0.0, 0.1, 0.2, 0.3, 0.4, 0.5}
    value, asked = suggested({"uniform": [0, 0.5], "step": 0.1})
    assert (value, asked) == (0.2, {"a": ("int", 0, 5, 1, False)})


def test_integers_on_a_log_scale_have_both_ends_and_even_shares_of_each_octave() -> None:
    assert grid({"int": [16, 1024], "log": True, "points": 4}) == [16, 64, 256, 1024]
    assert grid({"int": [1, 3], "log": True, "points": 100}) == [1, 2, 3]
    octaves = Counter(int(math.log2(value)) for value in draws({"int": [16, 1023], "log": True}))
    assert set(octaves) == {4, 5, 6, 7, 8, 9}
    assert max(octaves.values()) < 1.4 * min(octaves.values())
    ends = Counter(draws({"int": [1, 3], "log": True}, 10_000))
    # Of the way from log 0.5 to log 3.5, each has what lies within a half of it.
    for value, count in ends.items():
        share = math.log((value + 0.5) / (value - 0.5)) / math.log(7)
        assert count == pytest.approx(10_000 * share, rel=0.1)
    assert suggested({"int": [16, 1024], "log": True})[1] == {"a": ("int", 16, 1024, 1, True)}


def test_log_false_is_an_int_range_as_without() -> None:
    assert grid({"int": [1, 3], "log": False, "step": 1}) == [1, 2, 3]
    assert grid({"int": [1, 9], "step": 4}) == grid({"int": [1, 9, 4]}) == [1, 5, 9]


def test_near_one_the_distance_is_on_a_log_scale() -> None:
    assert grid({"log_near_one": [0.9, 0.999], "points": 3}) == pytest.approx([0.9, 0.99, 0.999])
    found = sorted(draws({"log_near_one": [0.9, 0.999]}))
    assert 0.985 < found[len(found) // 2] < 0.993
    assert found[0] >= 0.9
    assert found[-1] <= 0.999
    assert all(len(repr(value)) <= 2 + 9 for value in found)
    value, asked = suggested({"log_near_one": [0.9, 0.999]})
    assert value == pytest.approx(0.99)
    assert asked["a"] == ("float", pytest.approx(0.001), pytest.approx(0.1), True)


def test_whole_numbers_may_be_written_as_reals() -> None:
    assert grid({"int": [1.0, 3.0, 1.0]}) == [1, 2, 3]
    assert all(type(value) is int for value in grid({"int": [1.0, 3.0, 1.0]}))


def test_a_range_of_one_value_is_that_value() -> None:
    for one in [
        {"uniform": [0.5, 0.5]},
        {"uniform": [0.5, 0.5], "step": 1},
        {"log": [0.5, 0.5]},
        {"log_near_one": [0.5, 0.5]},
    ]:
        assert grid(one | {"points": 3}) == [0.5]
        assert set(draws(one, 3)) == {0.5}
        assert suggested(one) == (0.5, {})
    for one in [{"int": [5, 5]}, {"int": [5, 5], "log": True}, {"int": [5, 5, 3]}]:
        assert grid(one) == [5]
        assert suggested(one) == (5, {})


def test_lists_are_suggested_by_number_and_constants_not_at_all() -> None:
    assert suggested([[64], [128, 64], None])[1] == {"a": ("categorical", 3)}
    assert suggested([[64], [128, 64], None])[0] == [128, 64]
    assert suggested([0.1]) == (0.1, {})


def test_equal_values_stand_once() -> None:
    assert grid([0.1, 1e-1, 1, 1.0, True, "1", 0, -0.0, False]) == [0.1, 1, True, "1", 0, False]
    assert grid([1, 2, 1, 3, 2]) == [1, 2, 3]
    assert grid([[64], [64.0], {"b": 1, "a": 2}, {"a": 2.0, "b": 1}]) == [[64], {"b": 1, "a": 2}]


_bounds = st.tuples(
    st.floats(-1e100, 1e100), st.floats(-1e100, 1e100) | st.integers(-(10**20), 10**20)
).map(sorted)
_positive = st.tuples(st.floats(1e-100, 1e100), st.floats(1e-100, 1e100)).map(sorted)
_below_one = st.tuples(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True)).map(
    sorted
)
_ints = st.tuples(st.integers(-(2**53), 2**53), st.integers(-(2**53), 2**53)).map(sorted)
_positive_ints = st.tuples(st.integers(1, 2**53), st.integers(1, 2**53)).map(sorted)
ranges = (
    _bounds.map(lambda ends: {"uniform": ends})
    | _positive.map(lambda ends: {"log": ends})
    | _below_one.map(lambda ends: {"log_near_one": ends})
    | _ints.map(lambda ends: {"int": ends})
    | _positive_ints.map(lambda ends: {"int": ends, "log": True})
    | st.tuples(_positive, st.floats(1e-3, 1)).map(
        lambda given: {"uniform": given[0], "step": (given[0][1] - given[0][0]) * given[1] or 1}
    )
)


@given(ranges, st.integers(1, 5), st.floats(0, 1), st.integers())
def test_whatever_is_chosen_lies_within(
    dimension: dict[str, Any], points: int, share: float, seed: int
) -> None:
    low, high = next(iter(dimension.values()))
    space = Space.parse({"a": dimension | {"points": points}})
    found = [params["a"] for params in space.grid()]
    assert found[0] == low
    assert len(found) <= points
    found += [space.draw(Random(seed))["a"], space.suggest(ScriptedTrial(share))["a"]]
    assert all(low <= value <= high for value in found)
    assert all(math.isfinite(value) for value in found)
    (place,) = space.places()
    found += [place.dimension.scaled(value, factor) for value in found for factor in (0.8, 1.2)]
    assert all(low <= value <= high for value in found)
    if "int" in dimension:
        assert all(type(value) is int for value in found)


def test_scaled_values_lie_near_and_are_values_of_the_dimension() -> None:
    def scaled(dimension: Any, value: Any, factor: float) -> Any:
        (place,) = Space.parse({"a": dimension}).places()
        return place.dimension.scaled(value, factor)

    assert scaled({"log": [0.001, 0.12345678]}, 0.12, 1.2) == 0.12345678
    assert scaled({"log": [0.001, 1]}, 0.1, 0.8) == 0.08
    near = {"log_near_one": [0.5, 0.9999999]}
    assert scaled(near, 0.9999999, 0.8) == 0.9999999
    assert scaled(near, 0.9, 1.2) == 0.88
    steps = {"uniform": [0.1, 0.7], "step": 0.1}
    assert [scaled(steps, value, 1.2) for value in (0.1, 0.6, 0.7)] == [0.2, 0.7, 0.7]
    assert [scaled({"int": [16, 64, 16]}, value, 0.8) for value in (16, 64)] == [16, 48]
    assert scaled({"int": [16, 64, 16]}, 20, 1.2) == 32
    logs = {"int": [1, 1000], "log": True}
    assert [scaled(logs, value, 1.2) for value in (1, 100, 1000)] == [2, 120, 1000]
    assert [scaled([0.5, 0.1, 0.3], value, 1.2) for value in (0.1, 0.5)] == [0.3, 0.5]
    assert scaled(["b", "a"], "a", 0.8) == "b"


@pytest.mark.parametrize(
    ("dimension", "says"),
    [
        ({"int": [0, 5], "log": True}, "above 0"),
        ({"int": [1, 5, 2], "log": True}, "A step does not go"),
        ({"int": [1, 5, 2], "step": 2}, "twice"),
        ({"int": [1, 5], "log": "yes"}, "true or false"),
        ({"int": [1, 5], "log": 1}, "true or false"),
        ({"int": [1, 5], "step": 1.5}, "at least 1"),
        ({"int": [1, 5, 10]}, "larger than the whole range"),
        ({"uniform": [0, 1], "step": 2}, "larger than the whole range"),
        ({"uniform": [0, 1], "step": 0}, "above 0"),
        ({"uniform": [0, 1], "step": "0.1"}, "above 0"),
        ({"uniform": [0, 1], "step": 1e-30}, "too small"),
        ({"uniform": [0, math.inf]}, "two finite numbers"),
        ({"uniform": [0, math.nan]}, "two finite numbers"),
        ({"uniform": [0, 10**400]}, "two finite numbers"),
        ({"uniform": [0, 1], "step": math.nan}, "above 0"),
        ({"log": [0.1, 1], "step": 0.1}, "does not go"),
        ({"log_near_one": [0.9, 1]}, "below 1"),
        ({"log_near_one": [-0.5, 0.9]}, "at 0 at least"),
        ({"log_near_one": [0.9, 0.99], "step": 0.1}, "does not go"),
        ({"int": [1, 2**53 + 1]}, "all integers"),
        ({"int": [1, 10**400]}, "all integers"),
        ({"int": [math.nan, 3]}, "all integers"),
        ({"uniform": [0, 1], "points": "3"}, "positive integer"),
    ],
)
def test_ranges_that_make_no_sense(dimension: Any, says: str) -> None:
    with pytest.raises(InvalidArgument, match='the space of "a" makes no sense') as error:
        Space.parse({"a": dimension})
    assert says in error.value.detail
    assert error.value.hint


@pytest.mark.parametrize(
    ("dimension", "hint"),
    [
        ({"int": [1, 2], "lgo": True}, '"log"'),
        ({"uniform": [1, 2], "stp": 1}, '"step"'),
        ({"log_near_on": [0.9, 0.99]}, '"log_near_one"'),
        ({"uniform": [1, 2], "log": True}, "uniform"),
        ({"log": True}, "log"),
    ],
)
def test_unknown_keys_meet_the_nearest(dimension: Any, hint: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        Space.parse({"a": dimension})
    assert hint in error.value.hint


def test_lists_longer_than_anyone_can_try() -> None:
    with pytest.raises(LimitExceeded, match='"a" lists more than a run'):
        Space.parse({"a": [1] * 10_001})
    with pytest.raises(LimitExceeded, match="the list of spaces lists more"):
        Space.parse([{}] * 10_001)


@pytest.mark.parametrize(
    ("dimension", "value", "beyond"),
    [
        ([0.001, 0.01, 0.1], 0.1, pytest.approx(0.15)),
        ([0.1, 0.001, 0.01], 0.001, pytest.approx(0.001 / 1.5)),
        ([0.001, 0.01, 0.1], 0.01, None),
        # Of two each is an end, and of texts none.
        ([0.001, 0.01], 0.01, None),
        (["a", "b", "c"], "a", None),
        ([True, False, 1], 1, None),
        # There is no less than nothing.
        ([0, 0.1, 0.2], 0, None),
        ({"log": [1e-4, 1e-2]}, 0.0095, 0.015),
        ({"log": [1e-4, 1e-2]}, 0.005, None),
        ({"log": [1e-4, 1e-2]}, 1e-4, pytest.approx(1e-4 / 1.5)),
        ({"uniform": [-2, 5]}, -1.9, -3.0),
        ({"uniform": [0, 0.5], "step": 0.1}, 0.5, 0.75),
        ({"uniform": [0.3, 0.3]}, 0.3, None),
        ({"log_near_one": [0.9, 0.99]}, 0.99, pytest.approx(1 - 0.01 / 1.5)),
        ({"log_near_one": [0.9, 0.99]}, 0.9, pytest.approx(0.85)),
        ({"int": [16, 64, 16]}, 64, 96),
        ({"int": [3, 64, 16]}, 3, 2),
        ({"int": [1, 64]}, 30, None),
        ({"int": [8, 1024], "log": True}, 900, 1536),
        ({"int": [8, 1024], "log": True}, 100, None),
    ],
)
def test_beyond_an_end(dimension: Any, value: Any, beyond: Any) -> None:
    (place,) = Space.parse({"a": dimension}).places_of({"a": value})
    assert place.dimension.beyond(value) == beyond


def test_values_are_found_where_they_come_from() -> None:
    space = Space.parse(
        [
            {"family": ["linear"], "a": [1, 2, 3]},
            {"family": [{"value": "mlp", "with": {"b": [4, 5, 6]}}], "a": [7, 8, 9]},
        ]
    )
    found = list(space.places_of({"family": "mlp", "b": 4, "a": 9}))
    assert {place.name: list(place.dimension.samples) for place in found} == {
        "family": ["mlp"], "b": [4, 5, 6], "a": [7, 8, 9],
    }  # fmt: skip
    # What a person has brought in may be none of the space's.
    assert not list(space.places_of({"family": "mlp", "a": 1}))
