"""A network with its optimizer, and all of their variables as a state and back.

States come and go in one call of the framework each, however many variables there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from cerebro_db.model.rates import rates
from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors
from cerebro_db.training.keras.network import Network
from cerebro_db.training.keras.weights import averaged, bytes_of, check, layout_of, weights
from cerebro_db.training.states import read_state
from cerebro_db.training.tensorflow.averages import Averages
from cerebro_db.training.tensorflow.compiling import compiled
from cerebro_db.training.tensorflow.optimizers import Optimizer
from cerebro_db.training.tensorflow.rates import Rates


class Assembly:
    """What one configuration after the other is loaded into and saved from.

    ``size`` is that of all variables of a state, in bytes.
    """

    def __init__(self, spec: Spec, network: Network) -> None:
        self.network = network
        self.optimizer = Optimizer(spec, network.trainable_variables)
        self.averages = Averages(averaged(spec, network), _values(weights(network)))
        kept = _values(weights(network)) | self.averages.variables | self.optimizer.variables
        self._layout = layout_of(spec, network)
        self._kept = {name: kept[name] for name in self._layout}
        self.size = bytes_of(self._layout)
        self._names = tuple(rates(spec))
        for dropout in network.dropouts:
            dropout.rate = tf.Variable(0.0, trainable=False)
        self._rates = tf.Variable(tf.zeros(len(self._names)), trainable=False)
        body = tf.TensorSpec((self.size,), tf.uint8)
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
        check(self._layout, read_state(state))
        body = np.frombuffer(state, np.uint8, self.size, len(state) - self.size)
        self._set(tf.constant(body), tf.constant([*rates(spec).values()], tf.float32))

    def save(self) -> Tensors:
        """Return the state: weights, averages, random generators, optimizer slots, step."""
        return dict(zip(self._kept, map(np.asarray, self._get()), strict=True))

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


def _values(variables: Mapping[str, Any]) -> dict[str, tf.Variable]:
    """Return the variables of TensorFlow behind those of Keras."""
    return {name: variable.value for name, variable in variables.items()}


def _bytes(variable: tf.Variable) -> int:
    return int(variable.shape.num_elements()) * int(variable.dtype.size)
