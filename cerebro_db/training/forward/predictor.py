"""A trained configuration that answers for rows without its framework."""

from __future__ import annotations

from functools import cached_property
from textwrap import shorten

import numpy as np

from cerebro_db.errors import DataError
from cerebro_db.model.signature import Signature
from cerebro_db.model.tasks import task_of
from cerebro_db.tensors import Tensors, notes_of
from cerebro_db.training.forward.activations import ACTIVATIONS
from cerebro_db.training.forward.graph import NOTE, Forward, Graph
from cerebro_db.training.states import read_state, serving_in

# The note in a state whose predictions are clipped.
CLIP = "clip"

# Rows of one pass: few enough that what lies between two steps stays in the processor's cache, and
# for large images in memory.
_MAX_ROWS, _MAX_VALUES = 1024, 192 * 1024

# What graphs and weights raise that do not go together.
_UNFIT = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


def of_state(signature: Signature, state: bytes) -> ForwardPredictor | None:
    """Return what predicts with the weights of a state; None if it has no graph.

    Raises:
        DataError: the state is damaged, or does not go with its graph or the signature.
    """
    graph = notes_of(state).get(NOTE)
    if graph is None:
        return None
    clip = CLIP in notes_of(state)
    tensors = serving_in(read_state(state))
    try:
        predictor = ForwardPredictor(signature, Graph.from_text(graph), tensors, clip=clip)
        # Each of them may be sound, and yet not go with the others.
        with np.errstate(all="ignore"):
            inputs = {i.name: np.zeros((1, *i.shape), i.dtype) for i in signature.inputs}
            found = predictor.predict(inputs)
        if found.shape != (1, *signature.output.shape) or found.dtype.kind != "f":
            raise ValueError(f"{found.dtype} of shape {found.shape} comes out")
    except _UNFIT as error:
        raise DataError(
            "a state does not fit its model",
            detail=f"A row of zeros fails with {shorten(repr(error), 200)}.",
            hint="Fit the run again, or restore it from a backup.",
        ) from error
    return predictor


class ForwardPredictor:
    """See ``Predictor``.

    Args:
        signature: that of what was trained.
        graph: its forward pass.
        state: its weights, among others.
        clip: whether predictions keep within the range of the training targets.
    """

    def __init__(
        self, signature: Signature, graph: Graph, state: Tensors, *, clip: bool = False
    ) -> None:
        self._taken = [signature.inputs[position] for position in graph.inputs]
        self._names = [item.name for item in self._taken]
        self._output = output = signature.output
        self._clip = clip
        self._forward = Forward(graph, state)
        self._task = task_of(output)
        self._activate = ACTIVATIONS[self._task.activation]

    @cached_property
    def _rows(self) -> int:
        one = [np.zeros((1, *item.shape), item.dtype) for item in self._taken]
        with np.errstate(all="ignore"):
            widest = self._forward.widest(one)
        return max(1, min(_MAX_ROWS, _MAX_VALUES // widest))

    def predict(self, inputs: Tensors) -> np.ndarray:
        """Return predictions in the targets' own units, (rows, ...) of the output's shape."""
        arrays = [inputs[name] for name in self._names]
        rows = len(arrays[0])
        if rows == 1 or rows <= self._rows:
            found = self._forward(arrays)
        else:
            found = np.concatenate(
                [
                    self._forward([array[first : first + self._rows] for array in arrays])
                    for first in range(0, rows, self._rows)
                ]
            )
        found = self._activate(found)
        if found.ndim > 1 + len(self._output.shape):  # as the frameworks' ``heads`` tell
            found = found.mean(axis=1)
        return self._task.in_own_units(self._output, found, clip=self._clip)
