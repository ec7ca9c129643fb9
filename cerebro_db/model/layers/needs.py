"""The needs of one layer, which it works out from its arguments and the shapes that it is given.

Shapes leave out the rows; numbers are for one row, but for weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from cerebro_db.model.layers import speeds
from cerebro_db.model.layers.shapes import Shape


@dataclass(frozen=True)
class Needs:
    """The needs of a layer.

    Args:
        shape: what it gives.
        trained: the shapes of weights that are trained.
        fixed: those of weights that are kept, and not trained: moving averages.
        kept: numbers that a row's forward pass keeps for its backward pass.
        operations: multiplications and additions of a row's forward pass.
        slowness: how many operations of a large matrix product take as long as one of these.
        turns: how often the framework goes round a loop for a mini-batch, however many rows it has.
        initial: operations of the weights' initializers, where these do more than draw numbers.
        embeds: whether its trained weights have a vector for each id.
        graph: how much there is to compile, as many times what a dense layer has.
    """

    shape: Shape
    trained: tuple[Shape, ...] = ()
    fixed: tuple[Shape, ...] = ()
    kept: int = 0
    operations: int = 0
    slowness: int = 1
    turns: int = 0
    initial: int = 0
    graph: int = 1
    embeds: bool = False

    @property
    def weights(self) -> tuple[Shape, ...]:
        """The shapes of all its weights."""
        return self.trained + self.fixed

    @property
    def work(self) -> int:
        """Operations of a row's forward pass, as of a large matrix product that takes as long."""
        return self.operations * self.slowness


def weighted(
    arguments: dict[str, Any],
    shape: Shape,
    *,
    kernel: Shape,
    biases: int,
    times: int,
    name: str = "kernel",
    slowness: int = 1,
) -> Needs:
    """Return the needs of a layer whose kernel, under its name, is applied so often to a row."""
    bias = biases if arguments.get("use_bias", True) else 0
    plain = arguments.get("activation") in (None, "linear")
    outputs = prod(shape)
    return Needs(
        shape,
        trained=(kernel, (bias,)) if bias else (kernel,),
        kept=outputs if plain else 2 * outputs,
        operations=2 * prod(kernel) * times + outputs,
        slowness=slowness,
        initial=speeds.initial_operations(arguments, name, kernel),
    )


def after(first: Needs, second: Needs) -> Needs:
    """Return the needs of two layers, one behind the other."""
    return Needs(
        second.shape,
        first.trained + second.trained,
        first.fixed + second.fixed,
        first.kept + second.kept,
        first.operations + second.operations,
        max(first.slowness, second.slowness),
        first.turns + second.turns,
        max(first.initial, second.initial),
        first.graph + second.graph,
        first.embeds or second.embeds,
    )
