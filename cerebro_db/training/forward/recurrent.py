"""Recurrent layers over (rows, length, numbers)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cerebro_db.training.forward.activations import ACTIVATIONS
from cerebro_db.training.forward.layers import product

Array = np.ndarray
Operation = Callable[..., Array]


def _lstm(
    kernel: Array,
    recurrent: Array,
    bias: Array | None = None,
    *,
    activation: str,
    recurrent_activation: str,
) -> Operation:
    """Take the gates in Keras' order: input, forget, cell, output. The last output is returned."""
    activate, gate = ACTIVATIONS[activation], ACTIVATIONS[recurrent_activation]
    units = len(recurrent)

    def run(x: Array, mask: Array | None = None) -> Array:
        projected = product(x, kernel)
        if bias is not None:
            projected += bias
        output = np.zeros((len(x), units), np.float32)
        cell = np.zeros_like(output)
        for place in range(x.shape[1]):
            z = projected[:, place] + output.dot(recurrent)
            i, f, o = (gate(z[:, k * units : (k + 1) * units]) for k in (0, 1, 3))
            after = f * cell + i * activate(z[:, 2 * units : 3 * units])
            said = o * activate(after)
            if mask is not None:
                # Padding changes no state.
                here = mask[:, place, None]
                after, said = np.where(here, after, cell), np.where(here, said, output)
            cell, output = after, said
        return output

    return run


OPERATIONS: dict[str, Callable[..., Operation]] = {"lstm": _lstm}
