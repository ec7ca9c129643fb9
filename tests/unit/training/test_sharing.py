"""One program for all configurations that differ in numbers, each trained as it would be alone."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_datasets import ALL_KINDS, BINARY, NUMERIC, THREE, make_chunks, run_unit, spec_of

from cerebro_db import training
from cerebro_db.model import Spec
from cerebro_db.model.rates import rates, structure
from cerebro_db.model.signature import TARGETS
from cerebro_db.training import Chunk, UnitKey
from cerebro_db.training.keras.programs import PROGRAMS
from cerebro_db.training.tensorflow.loop import CompiledLoop

BASE: dict[str, Any] = {"family": "mlp", "hidden": [8], "batch_size": 16, "learning_rate": 0.01}

# Of each search: what its configurations have in common, and what they differ in.
SEARCHES = {
    "adam": (
        {"optimizer": "adam", "weight_decay": 0.1, "dropout": 0.2, "clipnorm": 2.0, "l2": 0.01},
        [
            {"learning_rate": 0.02},
            {"weight_decay": 0.5},
            {"dropout": 0.5},
            {"batch_size": 5},
            {"clipnorm": 0.1},
            {"l2": 0.3},
            {"beta_1": 0.5},
        ],
    ),
    "scheduled": (
        {"dropout": 0.2, "schedule": "cosine", "dropout_schedule": "step", "ema": 0.5},
        [
            {"schedule": "one_cycle"},
            {"schedule": None, "warmup": 0.5},
            {"warmup": 0.1},
            {"dropout_schedule": "exponential"},
            {"learning_rate": 0.02},
            {"ema": 0.9},
        ],
    ),
    "sgd": (
        {"optimizer": "sgd", "momentum": 0.5, "global_clipnorm": 0.5, "clipvalue": 0.2},
        [{"momentum": 0.9}, {"learning_rate": 0.3}, {"global_clipnorm": 0.1}, {"clipvalue": 0.01}],
    ),
    "rmsprop": ({"optimizer": "rmsprop"}, [{"rho": 0.5}, {"epsilon": 0.1}]),
    "muon": (
        {"optimizer": "muon"},
        [{"momentum": 0.5}, {"rms_rate": 0.4}, {"adam_lr_ratio": 0.1}, {"adam_beta_2": 0.9}],
    ),
    "adafactor": (
        {"optimizer": "adafactor"},
        [{"beta_2_decay": -0.3}, {"clip_threshold": 0.1}, {"epsilon_2": 1.0}],
    ),
    "lion": ({"optimizer": "lion"}, [{"beta_1": 0.5}, {"beta_2": 0.5}]),
    "nadam": ({"optimizer": "nadam"}, [{"beta_1": 0.5}, {"epsilon": 0.1}]),
    "adagrad": (
        {"optimizer": "adagrad", "label_smoothing": 0.1},
        [{"initial_accumulator_value": 1.0}, {"label_smoothing": 0.4}],
    ),
}


def trained(spec: Spec) -> list[bytes]:
    chunks = make_chunks(spec.signature, [40, 7])
    first = run_unit(spec, UnitKey(1, 2, 1, 0), None, chunks, chunks)
    second = run_unit(spec, UnitKey(1, 2, 1, 1), first.state, chunks)
    return [first.state, second.state]


def noting(traced: Callable[..., Any], calls: list[str]) -> Callable[..., Any]:
    def wrapper(*arguments: Any) -> Any:
        calls.append(traced.__name__)
        return traced(*arguments)

    return wrapper


@pytest.mark.parametrize("search", SEARCHES)
def test_configurations_share_a_program_and_nothing_else(
    search: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    common, differences = SEARCHES[search]
    specs = [spec_of({**BASE, **common, **own}, [NUMERIC], BINARY) for own in [{}, *differences]]
    alone = []
    for spec in specs:
        PROGRAMS.clear()
        alone.append(trained(spec))

    traced: list[str] = []
    for name in ("_train", "_evaluate"):
        monkeypatch.setattr(CompiledLoop, name, noting(getattr(CompiledLoop, name), traced))
    PROGRAMS.clear()
    for _ in range(2):
        assert [trained(spec) for spec in specs] == alone
    assert sorted(traced) == ["_evaluate", "_train"]
    assert len({tuple(states) for states in alone}) == len(specs)


@pytest.mark.parametrize(
    "name",
    [
        "dropout",
        "momentum",
        "weight_decay",
        "l2",
        "clipnorm",
        "global_clipnorm",
        "clipvalue",
        "label_smoothing",
    ],
)
def test_what_a_rate_of_zero_needs_not_is_left_out(name: str) -> None:
    definition = {**BASE, "optimizer": "sgd"}
    without = spec_of(definition, [NUMERIC], BINARY)
    used = [spec_of({**definition, name: value}, [NUMERIC], BINARY) for value in (0.1, 0.2)]
    assert structure(used[0]) == structure(used[1]) != structure(without)
    assert rates(used[0]) != rates(used[1])
    assert [*rates(used[0])] == [*rates(without)]


@pytest.mark.parametrize(
    "change", [{"hidden": [9]}, {"activation": "tanh"}, {"optimizer": "adamw"}, {"amsgrad": True}]
)
def test_programs_differ_where_graphs_do(change: dict[str, Any]) -> None:
    one, other = ({**BASE, **own} for own in ({}, change))
    assert structure(spec_of(one, [NUMERIC], BINARY)) != structure(
        spec_of(other, [NUMERIC], BINARY)
    )


def test_chunks_that_are_held_train_as_others_and_take_their_memory_once() -> None:
    definition = {"family": "cnn", "filters": [4], "dropout": 0.2, "batch_size": 8}
    spec = spec_of(definition, ALL_KINDS, THREE)
    chunks = make_chunks(spec.signature, [40, 7])
    held = [Chunk(chunk) for chunk in chunks]
    expected = run_unit(spec, UnitKey(0, 0, 1, 0), None, chunks, chunks)
    for _ in range(2):
        found = run_unit(spec, UnitKey(0, 0, 1, 0), None, held, held)
        assert found.state == expected.state
        assert found.training == expected.training
        assert found.validation == expected.validation
    for chunk, plain in zip(held, chunks, strict=True):
        assert chunk.tensors is not None
        for name, array in plain.items():
            np.testing.assert_array_equal(chunk[name], array)
            assert np.shares_memory(chunk[name], np.asarray(chunk.tensors[name]))
        assert not np.shares_memory(chunk[TARGETS], plain[TARGETS])


def test_chunks_are_converted_once() -> None:
    spec = spec_of(BASE, [NUMERIC], BINARY)
    held = [Chunk(chunk) for chunk in make_chunks(spec.signature, [40])]
    run_unit(spec, UnitKey(0, 0, 1, 0), None, held)
    before = held[0].tensors
    run_unit(spec, UnitKey(0, 1, 1, 0), None, held, held)
    assert held[0].tensors is before


def test_new_weights_leave_pythons_random_numbers_alone() -> None:
    random.seed(5)
    expected = random.random()
    random.seed(5)
    training.begin(spec_of(BASE, [NUMERIC], BINARY), UnitKey(0, 0, 1, 0), None, poll=lambda: None)
    assert random.random() == expected
