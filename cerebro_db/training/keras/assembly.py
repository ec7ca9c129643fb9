"""A network with its optimizer, and all of their variables as a state and back.

States come and go in one call of the framework each, however many variables there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import zip_longest
from typing import Any

import numpy as np
import tensorflow as tf

from cerebro_db.errors import DataError
from cerebro_db.model.rates import rates
from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors, in_order
from cerebro_db.training.keras.averages import Averages
from cerebro_db.training.keras.compiling import compiled
from cerebro_db.training.keras.network import Network
from cerebro_db.training.keras.optimizers import Optimizer
from cerebro_db.training.keras.rates import Rates
from cerebro_db.training.states import WEIGHTS, read_state, serving_in

# Of each variable: its name, type and shape.
_Entry = tuple[str, np.dtype, tuple[int, ...]]
_Layout = list[_Entry]


class Assembly:
    """What one configuration after the other is loaded into and saved from.

    ``bytes`` is the size of all variables of a state.
    """

    def __init__(self, spec: Spec, network: Network) -> None:
        self.network = network
        self.optimizer = Optimizer(spec, network.trainable_variables)
        self.averages = Averages(spec, network, weights(network))
        self._kept = _ordered(
            _values(weights(network)) | self.averages.variables | self.optimizer.variables
        )
        self._layout = _layout(self._kept)
        self.bytes = sum(_bytes(variable) for variable in self._kept.values())
        self._names = tuple(rates(spec))
        self._rates = tf.Variable(tf.zeros(len(self._names)), trainable=False)
        body = tf.TensorSpec((self.bytes,), tf.uint8)
        values = tf.TensorSpec((len(self._names),), tf.float32)
        self._set = compiled(self._assign, body, values)
        self._get = compiled(self._read)

    def rates(self) -> Rates:
        """Return the rates of the configuration that is loaded, for a graph."""
        return dict(zip(self._names, tf.unstack(self._rates.read_value()), strict=True))

    def set_dropout(self, rates: Rates, names: Collection[str]) -> None:
        """Set the rate of each dropout layer that takes one of these names, in a graph."""
        for dropout in self.network.dropouts:
            if dropout.rate_name in names:
                dropout.rate.assign(rates[dropout.rate_name])

    def load(self, spec: Spec, state: bytes) -> None:
        """Set every variable from a state, and the rates from its configuration.

        Raises:
            DataError: the state is damaged, or that of another model.
        """
        _check(self._layout, read_state(state))
        body = np.frombuffer(state, np.uint8, self.bytes, len(state) - self.bytes)
        self._set(tf.constant(body), tf.constant([*rates(spec).values()], tf.float32))

    def save(self) -> Tensors:
        """Return the state: weights, averages, random generators, optimizer slots, step."""
        return dict(zip(self._kept, map(np.asarray, self._get()), strict=True))

    def initial(self, spec: Spec, network: Network) -> Tensors:
        """Return the state in which a configuration with a new network begins, without averages."""
        new = {name: np.asarray(variable) for name, variable in weights(network).items()}
        return new | self.optimizer.initial(spec)

    def _assign(self, body: tf.Tensor, values: tf.Tensor) -> None:
        self._rates.assign(values)
        self.set_dropout(dict(zip(self._names, tf.unstack(values), strict=True)), self._names)
        start = 0
        for variable in self._kept.values():
            stop = start + _bytes(variable)
            numbers = tf.reshape(body[start:stop], (-1, variable.dtype.size))
            variable.assign(tf.reshape(tf.bitcast(numbers, variable.dtype), variable.shape))
            start = stop

    def _read(self) -> list[tf.Tensor]:
        return [variable.read_value() for variable in self._kept.values()]


def weights(network: Network) -> dict[str, Any]:
    """Return the network's variables under names that do not depend on the process."""
    return {f"{WEIGHTS}{i:03}/{v.name}": v for i, v in enumerate(network.variables)}


def weights_by_layer(network: Network) -> dict[str, list[str]]:
    """Return the names, in a state, of the weights of each layer, in Keras' order."""
    names = {id(variable): name for name, variable in weights(network).items()}
    return {
        name: [names[id(weight)] for weight in layer.weights]
        for name, layer in network.layers.items()
        if all(id(weight) in names for weight in layer.weights)
    }


def set_weights(network: Network, state: Tensors) -> None:
    """Set a network's variables from a state.

    Raises:
        DataError: the state is that of another model.
    """
    variables = _ordered(_values(weights(network)))
    found = serving_in(state)
    _check(_layout(variables), found)
    for name, variable in variables.items():
        variable.assign(found[name])


def _values(variables: Mapping[str, Any]) -> dict[str, tf.Variable]:
    """Return the variables of TensorFlow behind those of Keras."""
    return {name: variable.value for name, variable in variables.items()}


def _ordered(variables: Mapping[str, tf.Variable]) -> dict[str, tf.Variable]:
    """Return the variables in the order in which a state has them."""
    return {n: variables[n] for n in in_order({n: _dtype(v) for n, v in variables.items()})}


def _layout(variables: Mapping[str, tf.Variable]) -> _Layout:
    return [(name, _dtype(v), tuple(v.shape)) for name, v in variables.items()]


def _check(expected: _Layout, state: Tensors) -> None:
    found = [(name, array.dtype, array.shape) for name, array in state.items()]
    for belongs, stands in zip_longest(expected, found):
        if belongs != stands:
            raise DataError(
                "the state is not that of this model",
                detail=f"It has {_shown(stands)} instead of {_shown(belongs)}.",
            )


def _shown(entry: _Entry | None) -> str:
    if entry is None:
        return "nothing"
    name, dtype, shape = entry
    return f"{name}, {dtype} of shape {shape},"


def _dtype(variable: tf.Variable) -> np.dtype:
    return np.dtype(variable.dtype.as_numpy_dtype)


def _bytes(variable: tf.Variable) -> int:
    return int(variable.shape.num_elements()) * int(variable.dtype.size)
