"""What counts beside which values, and which candidates make the same configuration."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from cerebro_db.errors import CerebroError, InvalidArgument, NotPermitted, UndefinedName
from cerebro_db.model import Meaning, resolve
from cerebro_db.model.families import FAMILIES
from cerebro_db.model.families._base import ByTask
from cerebro_db.model.optimizers import OPTIMIZERS
from cerebro_db.model.parameters import TRAINING, Parameter
from cerebro_db.model.signature import Input, Output, Signature
from cerebro_db.search import Space, check_possible

SIGNATURE = Signature(
    (
        Input("numeric", "numeric", (4,), "float32"),
        Input("photo", "image", (8, 8, 1), "uint8"),
        Input("review", "text", (20,), "int32", (100,)),
    ),
    Output("binary", ("y",), 1, ("no", "yes"), (30, 10)),
)
SHELF: dict[str, dict[str, Any]] = {
    "net a": {"family": "mlp", "hidden": [3], "optimizer": "sgd"},
    "net b": {
        "keras": {
            "class_name": "Sequential",
            "config": {
                "layers": [
                    {"class_name": "Dense", "config": {"units": "${width}"}},
                    {"class_name": "Dense", "config": {"units": 1}},
                ]
            },
        }
    },
}


def registered(name: str) -> dict[str, Any]:
    if name == "of others":
        raise NotPermitted("no")
    if name not in SHELF:
        raise UndefinedName(f'model "{name}" does not exist')
    return SHELF[name]


def space(document: Any, **model: Any) -> Space:
    return Space.parse(document, Meaning(model or {"family": "mlp"}, registered))


def grid(document: Any, **model: Any) -> list[dict[str, Any]]:
    parsed = space(document, **model)
    check_possible(parsed)
    return list(parsed.grid())


def test_parameters_count_with_the_optimizer_that_has_them() -> None:
    found = grid({"optimizer": ["sgd", "adam"], "momentum": [0, 0.9], "learning_rate": [0.1, 1e-1]})
    assert found == [
        {"optimizer": "sgd", "momentum": 0, "learning_rate": 0.1},
        {"optimizer": "sgd", "momentum": 0.9, "learning_rate": 0.1},
        {"optimizer": "adam", "learning_rate": 0.1},
    ]


@pytest.mark.parametrize(
    ("document", "count"),
    [
        ({"optimizer": ["sgd"], "momentum": [0, 0.9], "nesterov": [True, False]}, 3),
        ({"hidden": [[], [4]], "dropout": [0, 0.5], "activation": ["relu", "tanh"]}, 5),
        ({"family": ["text"], "pooling": ["mean", "lstm"], "units": [4, 8]}, 3),
        ({"family": ["cnn"], "hidden": [[]], "activation": ["relu", "tanh"]}, 2),
        ({"family": ["linear", "mlp"], "hidden": [[4], [8]], "dropout": [0, 0.5]}, 6),
        ([{"momentum": [0.5]}, {"momentum": [0.5, 0]}, {}], 2),
        ([{"learning_rate": [0.01, 0.1]}, {}], 2),
        ([{"family": "mlp"}, {}], 1),
        ([{"epochs": [1, 2]}, {}], 3),
    ],
)
def test_what_makes_no_difference_makes_no_configuration(document: Any, count: int) -> None:
    assert len(grid(document, family="mlp", optimizer="sgd")) == count


def test_models_count_with_what_they_have_and_set() -> None:
    found = grid({"model": ["net a", "net b"], "width": [2, 3], "momentum": [0.9], "l2": [0.1]})
    assert found == [
        {"model": "net a", "l2": 0.1, "momentum": 0.9},
        {"model": "net b", "l2": 0.1, "width": 2},
        {"model": "net b", "l2": 0.1, "width": 3},
    ]
    made = resolve({"family": "mlp", "l2": 0.5}, {"model": "net a"}, SIGNATURE, registered)
    assert (made.optimizer, made.l2) == ("sgd", 0.5)
    made = resolve({"family": "mlp", "hidden": [9]}, {"family": "linear"}, SIGNATURE, registered)
    assert made.to_json()["architecture"]["family"] == "linear"


def test_a_family_s_own_defaults_are_what_is_not_stated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = {"optimizer": "adam", "learning_rate": ByTask(0.04, 0.2), "activation": "selu"}
    monkeypatch.setitem(FAMILIES, "mlp", replace(FAMILIES["mlp"], defaults=own))
    parsed = space({"activation": ["relu"]})
    keys = [
        parsed.key(params)
        for params in ({}, {"learning_rate": 0.001}, {"activation": "selu"}, {"activation": "relu"})
    ]
    assert keys[0] == keys[2]
    assert len(set(keys)) == 3


def test_draws_and_grid_have_the_same_candidates() -> None:
    document = [
        {"optimizer": ["sgd", "adam"], "momentum": [0, 0.9], "hidden": [[], [4]], "dropout": [0.5]},
        {"model": ["net a", "net b"], "width": [1]},
    ]
    parsed, generator = space(document), Random(0)
    assert {parsed.key(parsed.draw(generator)) for _ in range(500)} == {
        parsed.key(params) for params in parsed.grid()
    }


def test_equal_keys_are_equal_configurations() -> None:
    """By the Spec of each, which is all that training knows of it."""
    document = [
        {"optimizer": ["sgd", "adam", "adamw"], "momentum": [0, 0.9], "nesterov": [True, False]},
        {"hidden": [[], [4]], "activation": ["relu", "tanh"], "batch_norm": [True, False]},
        {"learning_rate": [0.001, 0.01], "weight_decay": [None, 0], "clipnorm": [None, 1]},
        {"family": ["mlp", "linear", "text"], "units": [4, 64], "embedding_dim": [16, 64]},
    ]
    parsed, generator = space(document), Random(0)
    specs: dict[str, Any] = {}
    for params in [parsed.draw(generator) for _ in range(300)]:
        spec = resolve({"family": "mlp"}, params, SIGNATURE, registered)
        specs.setdefault(parsed.key(params), spec)
        assert specs[parsed.key(params)] == spec
    different = {json.dumps(spec.to_json(), sort_keys=True) for spec in specs.values()}
    assert len(different) == len(specs) == 19


def test_conditions_name_what_is_there() -> None:
    """Each condition of a parameter reads others that its family or optimizer has."""
    groups: list[tuple[Parameter, ...]] = [
        *(optimizer.parameters for optimizer in OPTIMIZERS.values()),
        *(family.parameters for family in FAMILIES.values()),
    ]
    for parameters in groups:
        defaults = {p.name: p.default for p in (*TRAINING, *parameters)}
        assert all(p.counts(defaults) in (True, False) for p in parameters)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"momentum": [0.9]}, 'adam has no parameter "momentum"'),
        ([{"optimizer": ["sgd"]}, {"momentum": [0.9]}], 'adam has no parameter "momentum"'),
        (
            {"optimizer": ["sgd", {"value": "adam", "with": {"momentum": [0.9]}}]},
            'adam has no parameter "momentum"',
        ),
        ({"family": ["linear"], "hidden": [[4]]}, 'family linear has no hyper-parameter "hidden"'),
        ({"model": ["net a"], "width": [4]}, 'model net a has no hyper-parameter "width"'),
        ({"hiden": [[4]]}, 'model has no hyper-parameter "hiden"'),
        ({"model": ["net a"], "family": ["mlp"]}, "either a model or a family"),
        ({"model": [["net a"]]}, "model must be"),
        ({"family": [None]}, "family must be"),
        ({"family": ["mpl"]}, "family must be one of"),
        ({"model": ["net c"]}, '"net c"'),
        ({"model": ["of others"]}, "no"),
        ({"learning_rate": [0.1, "fast"]}, "learning_rate must be"),
        ({"optimizer": ["adam", "lbfgs"]}, "optimizer must be one of"),
        ({"optimizer": [["adam"]], "beta_1": [0.9]}, "optimizer must be one of"),
        ({"hidden": [{"value": [4], "with": {"dropout": [2]}}]}, "dropout must be"),
    ],
)
def test_what_is_impossible_is_refused(document: Any, says: str) -> None:
    with pytest.raises(CerebroError, match=says):
        check_possible(space(document))


def test_what_one_of_several_has_is_possible() -> None:
    for document in [
        {"optimizer": ["sgd", "adam"], "momentum": [0.9], "beta_1": [0.8]},
        {"family": ["linear", "mlp"], "hidden": [[4]]},
        {"family": [{"value": "mlp", "with": {"hidden": [[4]]}}, "linear"], "momentum": [0.9],
         "optimizer": ["adam", "rmsprop"]},
        {"hidden": [{"value": [4], "with": {"momentum": [0.9]}}, [8]],
         "optimizer": ["adam", "sgd"]},
        {"model": ["net a", "net b"], "width": [2], "hidden": [[4]]},
    ]:  # fmt: skip
        check_possible(space(document))


def test_a_placeholder_cannot_have_the_name_of_a_dimension() -> None:
    for name in ("model", "epochs", "learning_rate"):
        layers = [{"class_name": "Dense", "config": {"units": f"${{{name}}}"}}]
        keras = {"class_name": "Sequential", "config": {"layers": layers}}
        with pytest.raises(InvalidArgument, match="has the name of a hyper-parameter"):
            Meaning({"keras": keras}, registered)
