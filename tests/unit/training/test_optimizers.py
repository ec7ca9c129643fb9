"""The optimizers take the steps of Keras' own."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_datasets import BINARY, NUMERIC, spec_of

from cerebro_db.model import Spec
from cerebro_db.model.optimizers import OPTIMIZERS
from cerebro_db.model.parameters import TRAINING
from cerebro_db.model.rates import rates
from cerebro_db.training.keras.network import build_network
from cerebro_db.training.keras.optimizers import clipped, stepped
from cerebro_db.training.keras.weights import optimizer_state
from cerebro_db.training.tensorflow.optimizers import Optimizer

KERAS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
    "adagrad": keras.optimizers.Adagrad,
    "nadam": keras.optimizers.Nadam,
    "adafactor": keras.optimizers.Adafactor,
    "lion": keras.optimizers.Lion,
    "muon": keras.optimizers.Muon,
}
SHAPES = ((7, 5), (5,), (), (3, 6), (2, 4, 3))
CASES: list[dict[str, Any]] = [
    {"optimizer": "adam"},
    {"optimizer": "adam", "amsgrad": True, "clipnorm": 0.5, "epsilon": 1e-3},
    {"optimizer": "adam", "beta_1": 0.0, "beta_2": 0.9, "weight_decay": 0.1},
    {"optimizer": "adamw", "weight_decay": 0.2},
    {"optimizer": "sgd"},
    {"optimizer": "sgd", "global_clipnorm": 0.8},
    {"optimizer": "adamw", "global_clipnorm": 20.0},
    {"optimizer": "rmsprop", "clipvalue": 0.4},
    {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.1, "clipnorm": 1.0},
    {"optimizer": "sgd", "momentum": 0.8, "nesterov": True},
    {"optimizer": "rmsprop"},
    {"optimizer": "rmsprop", "momentum": 0.7, "rho": 0.8, "weight_decay": 0.1},
    {"optimizer": "rmsprop", "centered": True, "momentum": 0.5, "epsilon": 1e-4},
    {"optimizer": "adagrad", "initial_accumulator_value": 0.3, "epsilon": 0.01},
    {"optimizer": "adagrad", "clipnorm": 0.7, "weight_decay": 0.1},
    {"optimizer": "nadam"},
    {"optimizer": "nadam", "beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3, "weight_decay": 0.1},
    {"optimizer": "adafactor"},
    {"optimizer": "adafactor", "beta_2_decay": -0.5, "epsilon_1": 1e-3, "weight_decay": 0.1},
    {"optimizer": "adafactor", "epsilon_2": 2.0, "clip_threshold": 0.3, "learning_rate": 0.3},
    {"optimizer": "lion"},
    {
        "optimizer": "lion",
        "beta_1": 0.6,
        "beta_2": 0.8,
        "weight_decay": 0.1,
        "global_clipnorm": 1.0,
    },
    {"optimizer": "muon"},
    {"optimizer": "muon", "nesterov": False, "momentum": 0.8, "ns_steps": 3, "rms_rate": None},
    {
        **{"optimizer": "muon", "adam_beta_1": 0.8, "adam_beta_2": 0.9, "adam_lr_ratio": 0.5},
        **{"epsilon": 1e-3, "weight_decay": 0.1, "rms_rate": 0.3},
    },
]


# Takes steps of an optimizer on variables, whose gradients are given for each.
Way = Callable[[Spec, list[keras.Variable], list[list[np.ndarray]]], None]


def in_place(
    spec: Spec, variables: list[keras.Variable], gradients: list[list[np.ndarray]]
) -> None:
    """On the kernels of TensorFlow, where it has them."""
    optimizer = Optimizer(spec, variables)
    for name, value in optimizer_state(spec, variables).items():
        optimizer.variables[name].assign(value)
    values = {name: tf.constant(value) for name, value in rates(spec).items()}
    for own in gradients:
        optimizer.apply([tf.constant(gradient) for gradient in own], values)
    assert int(optimizer.variables["optimizer/step"]) == len(gradients)


def of_operations(
    spec: Spec, variables: list[keras.Variable], gradients: list[list[np.ndarray]]
) -> None:
    """As on every framework."""
    trained = {f"weights/{i}": variable for i, variable in enumerate(variables)}
    state = {name: tf.constant(array) for name, array in optimizer_state(spec, variables).items()}
    layout = {name: (value.dtype, value.shape) for name, value in state.items()}
    state |= {name: tf.constant(variable.numpy()) for name, variable in trained.items()}
    values = {name: tf.constant(value) for name, value in rates(spec).items()}
    for own in gradients:
        given = dict(zip(trained, map(tf.constant, own), strict=True))
        state |= stepped(spec, trained, state, given, values)
    assert int(state["optimizer/step"]) == len(gradients)
    assert {name: (state[name].dtype, state[name].shape) for name in layout} == layout
    for name, variable in trained.items():
        variable.assign(state[name])


def _of_keras(spec: Spec) -> keras.optimizers.Optimizer:
    own = dict(spec.optimizer_parameters)
    if spec.optimizer == "muon":
        # Keras has two of these, which are the same by default.
        own["adam_weight_decay"] = spec.weight_decay or None
    return KERAS[spec.optimizer](
        spec.learning_rate,
        weight_decay=spec.weight_decay or None,
        clipnorm=spec.clipnorm,
        global_clipnorm=spec.global_clipnorm,
        clipvalue=spec.clipvalue,
        **own,
    )


WAYS = pytest.mark.parametrize("way", [in_place, of_operations])


@WAYS
@pytest.mark.parametrize(("steps", "near"), [(5, 1e-6), (50, 1e-5)])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_steps_are_those_of_keras(case: dict[str, Any], steps: int, near: float, way: Way) -> None:
    spec = spec_of({"family": "linear", "learning_rate": 0.02, **case}, [NUMERIC], BINARY)
    theirs = _of_keras(spec)
    random = np.random.default_rng(1)
    start = [random.normal(1, 3, shape).astype(np.float32) for shape in SHAPES]
    limit = keras.constraints.MaxNorm(2.0)
    plain, ours = (_variables(start, limit) for _ in range(2))
    theirs.build(plain)
    gradients = [
        [random.normal(0.3, 1, array.shape).astype(np.float32) for array in start]
        for _ in range(steps)
    ]
    for own in gradients:
        theirs.apply([tf.constant(gradient) for gradient in own], plain)
    way(spec, ours, gradients)
    for found, expected, first in zip(ours, plain, start, strict=True):
        moved = np.abs(np.asarray(expected) - first).max()
        assert moved > 10 * near
        np.testing.assert_allclose(found, expected, rtol=near, atol=near)


@WAYS
@pytest.mark.parametrize("case", CASES, ids=str)
def test_factors_are_those_of_their_variable(case: dict[str, Any], way: Way) -> None:
    """A variable moves by its factors as it would under the rates that they make; others do not."""

    def spec(rate: float, decay: float) -> Spec:
        own = {"family": "linear", **case, "learning_rate": rate, "weight_decay": decay}
        # Of the norm of all gradients each has a part.
        return spec_of({**own, "global_clipnorm": None}, [NUMERIC], BINARY)

    random = np.random.default_rng(2)
    start = random.normal(1, 3, (4, 3)).astype(np.float32)
    gradients = [random.normal(0.3, 1, start.shape).astype(np.float32) for _ in range(20)]
    plain, slower, undecayed = (keras.Variable(start) for _ in range(3))
    slower.rate_factor, slower.decay_factor = 0.5, 0.25
    undecayed.rate_factor, undecayed.decay_factor = 0.5, 0.0
    way(spec(0.02, 0.2), [plain, slower, undecayed], [[gradient] * 3 for gradient in gradients])
    alone = [keras.Variable(start) for _ in range(3)]
    for own, variable in zip(((0.02, 0.2), (0.01, 0.05), (0.01, 0.0)), alone, strict=True):
        way(spec(*own), [variable], [[gradient] for gradient in gradients])
    assert (np.asarray(plain) == np.asarray(alone[0])).all()
    np.testing.assert_allclose(slower, alone[1], rtol=1e-5)
    np.testing.assert_allclose(undecayed, alone[2], rtol=1e-5)


@pytest.mark.parametrize(
    ("family", "spared"),
    [
        # As their authors have it, and as PyTorch and Keras have it by default.
        ({"family": "tabm", "units": 8, "heads": 2}, True),
        ({"family": "tabm", "units": 8, "heads": 2, "mini": True}, True),
        ({"family": "ft_transformer", "units": 8, "attention_heads": 2}, True),
        ({"family": "resnet", "units": 8}, False),
        ({"family": "mlp", "batch_norm": True}, False),
    ],
)
def test_families_decay_what_their_authors_do(family: dict[str, Any], spared: bool) -> None:
    network = build_network(spec_of(family, [NUMERIC], BINARY))
    factors = {
        (name, variable.name): getattr(variable, "decay_factor", 1.0)
        for name, layer in network.layers.items()
        for variable in layer.trainable_variables
    }
    small = {key: factor for key, factor in factors.items() if key[1] in ("bias", "gamma", "beta")}
    assert small
    assert set(small.values()) == {0.0 if spared else 1.0}
    assert {factors[key] for key in factors if key[1] == "kernel" and key[0] == "output"} == {1.0}


def _variables(values: list[np.ndarray], limit: Any) -> list[keras.Variable]:
    names = ("v", "bias", "scale", "own_embedding", "kernel")
    variables = [
        keras.Variable(value, name=name) for name, value in zip(names, values, strict=True)
    ]
    variables[0].constraint = limit
    return variables


def test_every_optimizer_is_one_of_keras() -> None:
    assert {*KERAS} == {*OPTIMIZERS} == {case["optimizer"] for case in CASES}
    (known,) = (parameter for parameter in TRAINING if parameter.name == "optimizer")
    for name in OPTIMIZERS:
        assert known.check(name, "optimizer") == name
        spec = spec_of({"family": "linear", "optimizer": name}, [NUMERIC], BINARY)
        default = KERAS[name]().get_config()
        own = dict(spec.optimizer_parameters)
        if name != "adagrad":
            own["learning_rate"] = spec.learning_rate
        assert own == pytest.approx({key: default[key] for key in own})
        assert spec.weight_decay == (default["weight_decay"] or 0.0)


def test_parameters_of_one_name_accept_the_same() -> None:
    """A value in a space is checked before its optimizer is known."""
    found: dict[str, Any] = {}
    for optimizer in OPTIMIZERS.values():
        for parameter in optimizer.parameters:
            first = found.setdefault(parameter.name, parameter)
            assert (parameter.check, parameter.counts) == (first.check, first.counts)


def test_what_is_kept_of_a_weight_is_as_small_as_its_optimizer_has_it() -> None:
    def kept(optimizer: str, shape: tuple[int, ...], name: str) -> dict[str, tuple[int, ...]]:
        spec = spec_of({"family": "linear", "optimizer": optimizer}, [NUMERIC], BINARY)
        variable = keras.Variable(np.zeros(shape, np.float32), name=name)
        return {
            key.removeprefix("optimizer/000/"): array.shape
            for key, array in optimizer_state(spec, [variable]).items()
            if key != "optimizer/step"
        }

    assert kept("adafactor", (4, 3), "kernel") == {"rows": (4,), "columns": (3,)}
    assert kept("adafactor", (2, 5, 4, 3), "kernel") == {"rows": (2, 5, 4), "columns": (2, 5, 3)}
    assert kept("adafactor", (3,), "bias") == {"square": (3,)}
    assert kept("muon", (4, 3), "kernel") == {"momentum": (4, 3)}
    both = {"mean": (4, 3), "square": (4, 3)}
    assert kept("muon", (4, 3), "embeddings") == kept("muon", (4, 3), "old_Embedding") == both
    assert kept("muon", (2, 4, 3), "kernel").keys() == both.keys()
    assert kept("lion", (3,), "bias") == {"momentum": (3,)}
    assert kept("nadam", (3,), "bias") == {"mean": (3,), "square": (3,), "product": ()}


@pytest.mark.parametrize("name", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_gradients_that_are_not_finite_are_not_clipped_to_numbers(name: str) -> None:
    spec = spec_of({"family": "linear", name: 1.0}, [NUMERIC], BINARY)
    values = {key: tf.constant(value) for key, value in rates(spec).items()}
    given = [tf.constant([1.0, np.nan]), tf.constant([2.0])]
    assert np.isnan(clipped(spec, given, values)[0][1])
    if name == "global_clipnorm":
        given = [tf.constant([1e30, 1.0]), tf.constant([2.0])]
        assert np.isnan(np.concatenate(clipped(spec, given, values))).all()


def test_bounds_on_gradients_hold_one_after_the_other() -> None:
    bounds = {"clipvalue": 3.0, "clipnorm": 4.0, "global_clipnorm": 2.5}
    spec = spec_of({"family": "linear", **bounds}, [NUMERIC], BINARY)
    values = {key: tf.constant(value) for key, value in rates(spec).items()}
    one, other = clipped(spec, [tf.constant([-9.0, 4.0]), tf.constant([[-3.0]])], values)
    # (-3, 3) and -3; of norm 4 and 3; together 5, and so half of that.
    np.testing.assert_allclose(one, [-2 / 2**0.5, 2 / 2**0.5], rtol=1e-6)
    np.testing.assert_allclose(other, [[-1.5]], rtol=1e-6)
