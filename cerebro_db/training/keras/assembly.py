"""A network with its optimizer, and all of their variables as a state and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from cerebro_db.errors import DataError
from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors
from cerebro_db.training.keras.network import Network, build_network

_OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
    "adagrad": keras.optimizers.Adagrad,
}


@dataclass(frozen=True)
class Assembly:
    """What a state is loaded into and saved from."""

    network: Network
    optimizer: keras.optimizers.Optimizer

    def save(self) -> Tensors:
        """Return the state: weights, moving averages, random generators, optimizer slots, step."""
        return {name: np.asarray(variable) for name, variable in self._variables().items()}

    def load(self, state: Tensors) -> None:
        """Set every variable from a state.

        Raises:
            DataError: the state is that of another model.
        """
        assign(self._variables(), state)

    def _variables(self) -> dict[str, Any]:
        slots = [v for v in self.optimizer.variables if v.name != "learning_rate"]
        named = {f"optimizer/{i:03}": variable for i, variable in enumerate(slots)}
        return weights(self.network) | named


def assemble(spec: Spec, seed: int) -> Assembly:
    """Return a network whose initial weights depend on the seed alone, and a new optimizer.

    The seed is a number of 32 bits. The learning rate is left to be set.
    """
    keras.utils.set_random_seed(seed)
    network = build_network(spec)
    optimizer = _OPTIMIZERS[spec.optimizer](
        weight_decay=spec.weight_decay or None,
        clipnorm=spec.clipnorm,
        **spec.optimizer_parameters,
    )
    optimizer.build(network.model.trainable_variables)
    return Assembly(network, optimizer)


def weights(network: Network) -> dict[str, Any]:
    """Return the network's variables under names that do not depend on the process."""
    return {f"weights/{i:03}/{v.name}": v for i, v in enumerate(network.model.variables)}


def assign(variables: dict[str, Any], state: Tensors) -> None:
    """Set the variables from arrays of the same names.

    Raises:
        DataError: names or shapes are not the same.
    """
    expected = {name: tuple(variable.shape) for name, variable in variables.items()}
    found = {name: array.shape for name, array in state.items()}
    if expected != found:
        name = next(n for n in {**expected, **found} if expected.get(n) != found.get(n))
        raise DataError(
            "the state is not that of this model",
            detail=f"{name} has the shape {found.get(name)} instead of {expected.get(name)}.",
        )
    for name, variable in variables.items():
        variable.assign(state[name])
