"""JSON arguments, and where reading them ends."""

from __future__ import annotations

import json

import pytest

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.udf.documents import MAX_CHARACTERS, MAX_LEVELS, read_json


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, None, True, {"b": ""}]},
        {'"[{': "]}" * 500, "back\\": '\\"' * 500, "[" * 500: "\n\t\u2028é"},
        [],
        "[[",
        0,
    ],
)
def test_values_are_those_of_the_text(value: object) -> None:
    assert read_json(json.dumps(value), "model") == value
    assert read_json(json.dumps(value, ensure_ascii=False), "model") == value


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a": ', "}")])
def test_levels(opened: str, closed: str) -> None:
    read_json(opened * MAX_LEVELS + "1" + closed * MAX_LEVELS, "model")
    for levels in (MAX_LEVELS + 1, 100_000):
        with pytest.raises(LimitExceeded, match="model is nested too deeply"):
            read_json(opened * levels + "1" + closed * levels, "model")
    # Side by side is no depth.
    read_json("[" + ", ".join([f"{opened}1{closed}"] * 1_000) + "]", "model")


def test_length() -> None:
    filling = "a" * (MAX_CHARACTERS - 2)
    assert read_json(f'"{filling}"', "space") == filling
    with pytest.raises(LimitExceeded, match="space is too long"):
        read_json(f'"{filling}a"', "space")


@pytest.mark.parametrize(
    "text", ["", "[", "]", "{}{}", "[NaN]", '{"a": 1, "a": 1}', "'a'", '"\\', "1" * 5_000]
)
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(InvalidArgument, match="encode is not valid JSON"):
        read_json(text, "encode")
