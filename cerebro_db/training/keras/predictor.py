"""A trained configuration that answers for rows, with Keras."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from cerebro_db.model.cost.step import forward_rows
from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors
from cerebro_db.training.forward import in_own_units
from cerebro_db.training.keras.assembly import set_weights
from cerebro_db.training.keras.compiling import compiled
from cerebro_db.training.keras.failures import in_our_words
from cerebro_db.training.keras.heads import joint_logits
from cerebro_db.training.keras.losses import predictions
from cerebro_db.training.keras.network import build_network
from cerebro_db.training.keras.program import input_specs
from cerebro_db.training.states import read_state


class KerasPredictor:
    """See ``Predictor`` and ``predictor``."""

    def __init__(self, spec: Spec, state: bytes, poll: Callable[[], None]) -> None:
        self._poll = poll
        self._signature, self._clip = spec.signature, spec.clip
        self._rows = forward_rows(spec)
        network = build_network(spec, poll=poll)
        set_weights(network, read_state(state))
        poll()

        def forward(inputs: list[tf.Tensor]) -> tf.Tensor:
            logits = joint_logits(spec.signature.output, network.logits(inputs, training=False))
            return predictions(spec.signature.output, logits)

        self._forward = compiled(forward, input_specs(spec.signature))

    def predict(self, inputs: Tensors) -> np.ndarray:
        """Return (rows, units): probabilities (binary: of the second class), or regression values
        in the targets' own units."""
        arrays = [inputs[item.name] for item in self._signature.inputs]
        parts = []
        for first in range(0, max(1, len(arrays[0])), self._rows):
            self._poll()
            rows = [tf.constant(array[first : first + self._rows]) for array in arrays]
            with in_our_words():
                parts.append(self._forward(rows).numpy())
        return in_own_units(self._signature.output, np.concatenate(parts), clip=self._clip)
