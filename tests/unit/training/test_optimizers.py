"""The optimizers take the steps of Keras' own."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_datasets import BINARY, NUMERIC, spec_of

from cerebro_db.model import Spec
from cerebro_db.model.rates import rates
from cerebro_db.training.keras.network import build_network
from cerebro_db.training.keras.weights import optimizer_state
from cerebro_db.training.tensorflow.optimizers import Optimizer

KERAS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
    "adagrad": keras.optimizers.Adagrad,
}
CASES: list[dict[str, Any]] = [
    {"optimizer": "adam"},
    {"optimizer": "adam", "amsgrad": True, "clipnorm": 0.5, "epsilon": 1e-3},
    {"optimizer": "adam", "beta_1": 0.0, "beta_2": 0.9, "weight_decay": 0.1},
    {"optimizer": "adamw", "weight_decay": 0.2},
    {"optimizer": "sgd"},
    {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.1, "clipnorm": 1.0},
    {"optimizer": "sgd", "momentum": 0.8, "nesterov": True},
    {"optimizer": "rmsprop"},
    {"optimizer": "rmsprop", "momentum": 0.7, "rho": 0.8, "weight_decay": 0.1},
    {"optimizer": "rmsprop", "centered": True, "momentum": 0.5, "epsilon": 1e-4},
    {"optimizer": "adagrad", "initial_accumulator_value": 0.3, "epsilon": 0.01},
    {"optimizer": "adagrad", "clipnorm": 0.7, "weight_decay": 0.1},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_steps_are_those_of_keras(case: dict[str, Any]) -> None:
    spec = spec_of({"family": "linear", "learning_rate": 0.02, **case}, [NUMERIC], BINARY)
    theirs = KERAS[spec.optimizer](
        spec.learning_rate,
        weight_decay=spec.weight_decay or None,
        clipnorm=spec.clipnorm,
        **spec.optimizer_parameters,
    )
    random = np.random.default_rng(1)
    start = [random.normal(1, 3, shape).astype(np.float32) for shape in ((7, 5), (5,), ())]
    limit = keras.constraints.MaxNorm(2.0)
    plain, ours = (_variables(start, limit) for _ in range(2))
    theirs.build(plain)
    optimizer, values = _ready(spec, ours)
    for _ in range(100):
        gradients = [tf.constant(random.normal(0.3, 1, a.shape), tf.float32) for a in start]
        theirs.apply(gradients, plain)
        optimizer.apply(gradients, values)
    assert int(optimizer.variables["optimizer/step"]) == 100
    for found, expected, first in zip(ours, plain, start, strict=True):
        moved = np.abs(np.asarray(expected) - first).max()
        assert moved > 0.01
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * moved)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_factors_are_those_of_their_variable(case: dict[str, Any]) -> None:
    """A variable moves by its factors as it would under the rates that they make; others do not."""

    def spec(rate: float, decay: float) -> Spec:
        own = {"family": "linear", **case, "learning_rate": rate, "weight_decay": decay}
        return spec_of(own, [NUMERIC], BINARY)

    start = np.random.default_rng(2).normal(1, 3, (4, 3)).astype(np.float32)
    plain, slower, undecayed = (keras.Variable(start) for _ in range(3))
    slower.rate_factor, slower.decay_factor = 0.5, 0.25
    undecayed.rate_factor, undecayed.decay_factor = 0.5, 0.0
    _take_steps(spec(0.02, 0.2), [plain, slower, undecayed])
    alone = [keras.Variable(start) for _ in range(3)]
    for own, variable in zip(((0.02, 0.2), (0.01, 0.05), (0.01, 0.0)), alone, strict=True):
        _take_steps(spec(*own), [variable])
    assert (np.asarray(plain) == np.asarray(alone[0])).all()
    np.testing.assert_allclose(slower, alone[1], rtol=1e-5)
    np.testing.assert_allclose(undecayed, alone[2], rtol=1e-5)


@pytest.mark.parametrize(
    ("family", "spared"),
    [
        # As their authors have it, and as PyTorch and Keras have it by default.
        ({"family": "tabm", "units": 8, "heads": 2}, True),
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


def _take_steps(spec: Spec, variables: list[keras.Variable]) -> None:
    optimizer, values = _ready(spec, variables)
    random = np.random.default_rng(3)
    for _ in range(20):
        gradient = tf.constant(random.normal(0.3, 1, variables[0].shape), tf.float32)
        optimizer.apply([gradient] * len(variables), values)


def _ready(spec: Spec, variables: list[keras.Variable]) -> tuple[Optimizer, dict[str, tf.Tensor]]:
    optimizer = Optimizer(spec, variables)
    for name, value in optimizer_state(spec, variables).items():
        optimizer.variables[name].assign(value)
    return optimizer, {name: tf.constant(value) for name, value in rates(spec).items()}


def _variables(values: list[np.ndarray], limit: Any) -> list[keras.Variable]:
    variables = [keras.Variable(value, name=f"v{i}") for i, value in enumerate(values)]
    variables[0].constraint = limit
    return variables
