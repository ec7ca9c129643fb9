"""The graph of a forward pass as plain JSON, and the pass itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cerebro_db.training.forward import (
    arithmetic,
    attention,
    embedded_numbers,
    heads,
    images,
    layers,
    numbers,
    recurrent,
    tokens,
)

# Under what a state has its graph among its notes.
NOTE = "graph"

Operation = Callable[..., np.ndarray]
"""From the arrays of a step's sources to the step's result."""

OPERATIONS: dict[str, Callable[..., Operation]] = {
    **arithmetic.OPERATIONS,
    **attention.OPERATIONS,
    **layers.OPERATIONS,
    **images.OPERATIONS,
    **recurrent.OPERATIONS,
    **numbers.OPERATIONS,
    **embedded_numbers.OPERATIONS,
    **heads.OPERATIONS,
    **tokens.OPERATIONS,
}
"""Makers of operations: from a step's weights, and its arguments by name, to the operation."""


def _over_places(*weights: np.ndarray, operation: str, arguments: dict[str, Any]) -> Operation:
    """Do an operation for each place of a sequence."""
    of_each = OPERATIONS[operation](*weights, **arguments)

    def operate(x: np.ndarray) -> np.ndarray:
        found = of_each(x.reshape(-1, *x.shape[2:]))
        return found.reshape(*x.shape[:2], *found.shape[1:])

    return operate


OPERATIONS["over_places"] = _over_places


@dataclass(frozen=True)
class Step:
    """One operation of a graph.

    Args:
        operation: its name in ``OPERATIONS``.
        sources: the values that it takes: the graph's inputs count first, then the steps.
        weights: the names of its weights in the state.
        arguments: plain JSON values.
    """

    operation: str
    sources: tuple[int, ...]
    weights: tuple[str, ...] = ()
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """The steps from some of a signature's inputs to the logits, which the last step gives.

    ``inputs`` says which of the signature's inputs the graph takes, by position.
    """

    inputs: tuple[int, ...]
    steps: tuple[Step, ...]

    def to_text(self) -> str:
        """Return it as JSON, the same for equal graphs."""
        steps = [[s.operation, s.sources, s.weights, s.arguments] for s in self.steps]
        return json.dumps([self.inputs, steps], separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_text(cls, document: str) -> Graph:
        """Rebuild what ``to_text`` wrote."""
        inputs, steps = json.loads(document)
        return cls(
            tuple(inputs),
            tuple(Step(name, tuple(s), tuple(w), arguments) for name, s, w, arguments in steps),
        )


class Forward:
    """Computes a graph with the weights of one state.

    What a graph raises that is damaged or not that of the state is Python's own: see ``of_state``.
    """

    def __init__(self, graph: Graph, state: Mapping[str, np.ndarray]) -> None:
        # Copies, so that the optimizer's part of the state is let go.
        self._steps = [
            (
                OPERATIONS[step.operation](
                    *[state[name].copy() for name in step.weights], **step.arguments
                ),
                step.sources,
            )
            for step in graph.steps
        ]
        # Mostly each step takes the result of the one before, and the first the one input.
        one = len(graph.inputs) == 1
        chained = one and all(s.sources == (i,) for i, s in enumerate(graph.steps))
        self._chain = [operation for operation, _ in self._steps] if chained else None

    def __call__(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        """Return logits for the arrays of ``Graph.inputs``: (rows, ...), or (rows, heads, ...)
        of a network with several heads."""
        if self._chain is not None:
            (x,) = inputs
            for operation in self._chain:
                x = operation(x)
            return x
        return self._values(inputs)[-1]

    def widest(self, inputs: Sequence[np.ndarray]) -> int:
        """Return how many numbers the largest array of a pass over these inputs has."""
        return max(map(np.size, self._values(inputs)))

    def _values(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        values = list(inputs)
        for operation, sources in self._steps:
            values.append(operation(*[values[source] for source in sources]))
        return values
