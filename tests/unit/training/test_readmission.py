"""What a worker is told to build it admits again, whatever stands in the tables by then."""

from __future__ import annotations

import json
from dataclasses import replace

import keras
import pytest
from fix_hostile import Hostile, hostile_cases
from small_datasets import BINARY, NUMERIC, spec_of

from cerebro_db.errors import InvalidArgument, LimitExceeded, UndefinedName
from cerebro_db.model import FamilyArchitecture, KerasArchitecture
from cerebro_db.training.keras.network import build_network

SPEC = spec_of({"family": "linear"}, (NUMERIC,), BINARY)
OTHERS = ("models/steps", "models/values", "models/placeholders")
CONFIGS = [
    case
    for case in hostile_cases()
    if case.family.startswith("models/")
    and case.family not in OTHERS
    and "keras" in json.loads(case.document)
]


@pytest.mark.parametrize("case", CONFIGS, ids=lambda case: case.name)
def test_hostile_configs(case: Hostile) -> None:
    config = json.loads(case.document)["keras"]
    before = settings()
    with pytest.raises((InvalidArgument, LimitExceeded, UndefinedName)):
        build_network(replace(SPEC, architecture=KerasArchitecture(config, {"numeric": "numeric"})))
    assert settings() == before


@pytest.mark.parametrize(
    "parameters",
    [
        {"hidden": [10**9]},
        {"hidden": [4], "activation": {"class_name": "__lambda__"}},
        {"hidden": 4},
        {"dropout": "0.5"},
    ],
)
def test_hostile_parameters_of_a_family(parameters: dict[str, object]) -> None:
    with pytest.raises(InvalidArgument):
        build_network(replace(SPEC, architecture=FamilyArchitecture("mlp", parameters)))


def settings() -> tuple[object, ...]:
    """Return what a config might set in the whole process."""
    return (
        keras.config.floatx(),
        keras.config.dtype_policy().name,
        keras.config.image_data_format(),
        keras.src.saving.serialization_lib.in_safe_mode(),
    )
