"""A trained configuration that answers for rows, with Keras."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cerebro_db.model.cost.step import forward_rows
from cerebro_db.model.spec import Spec
from cerebro_db.model.tasks import task_of
from cerebro_db.tensors import Tensors
from cerebro_db.training.keras.network import build_network
from cerebro_db.training.keras.weights import set_weights
from cerebro_db.training.runtime import backend, computing
from cerebro_db.training.states import read_state


class KerasPredictor:
    """See ``Predictor`` and ``predictor``."""

    def __init__(self, spec: Spec, state: bytes, poll: Callable[[], None]) -> None:
        self._poll = poll
        self._signature, self._clip = spec.signature, spec.clip
        self._rows = forward_rows(spec)
        with computing():
            network = build_network(spec, poll=poll)
            set_weights(network, read_state(state))
            poll()
            self._forward = backend().forward(spec, network)

    @computing()
    def predict(self, inputs: Tensors) -> np.ndarray:
        """Return predictions in the targets' own units, (rows, ...) of the output's shape."""
        arrays = [inputs[item.name] for item in self._signature.inputs]
        parts = []
        for first in range(0, max(1, len(arrays[0])), self._rows):
            self._poll()
            rows = [array[first : first + self._rows] for array in arrays]
            parts.append(self._forward(rows))
        output = self._signature.output
        return task_of(output).in_own_units(output, np.concatenate(parts), clip=self._clip)
