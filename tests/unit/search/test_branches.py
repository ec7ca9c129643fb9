"""Spaces with conditions: lists of spaces, and values that open others."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from test_dimensions import ScriptedTrial

from cerebro_db.errors import InvalidArgument
from cerebro_db.search import Space

MOMENTUM_WITH_SGD = {
    "optimizer": [{"value": "sgd", "with": {"momentum": [0, 0.9]}}, "adam"],
    "learning_rate": [0.1, 0.01],
}
TWO_SPACES = [
    {"optimizer": "sgd", "momentum": [0, 0.9], "learning_rate": [0.1]},
    {"optimizer": ["adam"], "learning_rate": [0.01]},
]


def grid(space: Any) -> list[Any]:
    return list(Space.parse(space).grid())


def test_a_value_opens_others() -> None:
    found = grid(MOMENTUM_WITH_SGD)
    assert [c for c in found if c["optimizer"] == "adam"] == [
        {"optimizer": "adam", "learning_rate": 0.1},
        {"optimizer": "adam", "learning_rate": 0.01},
    ]
    sgd = [(c["learning_rate"], c["momentum"]) for c in found if c["optimizer"] == "sgd"]
    assert sgd == [(0.1, 0), (0.1, 0.9), (0.01, 0), (0.01, 0.9)]
    assert len(found) == Space.parse(MOMENTUM_WITH_SGD).grid_size() == 6


def test_a_list_of_spaces_has_the_candidates_of_each() -> None:
    assert grid(TWO_SPACES) == [
        {"optimizer": "sgd", "momentum": 0, "learning_rate": 0.1},
        {"optimizer": "sgd", "momentum": 0.9, "learning_rate": 0.1},
        {"optimizer": "adam", "learning_rate": 0.01},
    ]
    assert grid([{}]) == [{}]


def test_what_is_in_two_spaces_is_tried_once() -> None:
    assert grid([{"a": [1, 2]}, {"a": [2.0, 3]}]) == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_values_open_values_that_open_values() -> None:
    inner = {"value": 2, "with": [{"c": [5, 6]}, {"d": [7]}]}
    space = {"a": [{"value": 1, "with": {"b": [inner, 3]}}, 4]}
    assert grid(space) == [
        {"a": 1, "b": 2, "c": 5},
        {"a": 1, "b": 2, "c": 6},
        {"a": 1, "b": 2, "d": 7},
        {"a": 1, "b": 3},
        {"a": 4},
    ]
    assert Space.parse(space).grid_size() == 5


def test_a_single_value_may_open_others() -> None:
    assert grid({"a": {"value": {"x": 1}, "with": {"b": [1, 2]}}}) == [
        {"a": {"x": 1}, "b": 1},
        {"a": {"x": 1}, "b": 2},
    ]


def test_other_objects_in_a_list_are_values() -> None:
    for value in [{"value": 1}, {"value": 1, "with": 2}, {"value": 1, "with": {}, "x": 0}]:
        assert grid({"a": [value]}) == [{"a": value}]
    assert grid({"a": [{"value": {"value": 1, "with": {}}, "with": {}}]}) == [
        {"a": {"value": 1, "with": {}}}
    ]


@pytest.mark.parametrize("space", [MOMENTUM_WITH_SGD, TWO_SPACES])
def test_draws_and_suggestions_are_of_the_grid(space: Any) -> None:
    parsed = Space.parse(space)
    keys = {parsed.key(params) for params in parsed.grid()}
    generator = Random(1)
    assert {parsed.key(parsed.draw(generator)) for _ in range(200)} == keys
    shares = [i / 20 for i in range(20)]
    assert {parsed.key(parsed.suggest(ScriptedTrial(share))) for share in shares} <= keys


def test_a_sampler_is_asked_for_what_is_open_under_labels_of_its_own() -> None:
    trial = ScriptedTrial(0.0)
    assert Space.parse(MOMENTUM_WITH_SGD).suggest(trial)["momentum"] == 0
    assert set(trial.asked) == {"optimizer", "optimizer[0].momentum", "learning_rate"}
    trial = ScriptedTrial(0.9)
    Space.parse(MOMENTUM_WITH_SGD).suggest(trial)
    assert set(trial.asked) == {"optimizer", "learning_rate"}
    trial = ScriptedTrial(0.0)
    Space.parse(TWO_SPACES).suggest(trial)
    assert set(trial.asked) == {"space", "(1).momentum"}


def test_the_order_of_names_in_an_object_does_not_matter() -> None:
    one = {"learning_rate": {"log": [0.1, 1]}, "l2": [0, 1], "hidden": [[1], [2]]}
    other = dict(reversed(one.items()))
    for seed in range(5):
        assert Space.parse(one).draw(Random(seed)) == Space.parse(other).draw(Random(seed))
    grids = [{"learning_rate": [0.1, 1], "l2": [0, 1]}, {"l2": [0, 1], "learning_rate": [0.1, 1]}]
    assert grid(grids[0]) == grid(grids[1])


@pytest.mark.parametrize(
    ("space", "says"),
    [
        ({"a": [{"value": 1, "with": {"a": [1]}}]}, '"a" twice'),
        ({"a": [{"value": 1, "with": {"b": [1]}}], "b": [2]}, '"b" twice'),
        (
            {"a": [{"value": 1, "with": {"c": 1}}], "b": [{"value": 1, "with": {"c": 2}}]},
            '"c" twice',
        ),
        ({"a": [{"value": 1, "with": {"b": []}}]}, '"b" makes no sense'),
        ({"a": [{"value": 1, "with": []}]}, "the list of spaces is empty"),
        ({"a": [{"value": 1, "with": [1]}]}, "space must be a JSON object"),
        ([], "the list of spaces is empty"),
        ([[{"a": 1}]], "space must be a JSON object"),
        ([1], "space must be a JSON object"),
        ("a", "space must be a JSON object"),
        (None, "space must be a JSON object"),
    ],
)
def test_spaces_that_make_no_sense(space: Any, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says) as error:
        Space.parse(space)
    assert error.value.detail
    assert error.value.hint


def test_the_length_of_a_candidate_is_that_of_the_longest_branch() -> None:
    assert Space.parse({"a": [1], "b": "xyz"}).longest == len('a1b"xyz"')
    assert Space.parse([{"a": [1]}, {"b": ["xyz", 1]}]).longest == len('b"xyz"')
    opened = {"a": [{"value": 1, "with": {"b": ["xyz"]}}, "ab"]}
    assert Space.parse(opened).longest == len('a1b"xyz"')
