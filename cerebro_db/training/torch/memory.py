"""A state as PyTorch's tensors, which are filled and read in place: views of few flat ones, so that
an operation of the optimizer is one call for all variables."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

import torch
from torch import Tensor

from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors
from cerebro_db.training.keras.network import Network
from cerebro_db.training.keras.weights import averaged, bytes_of, check, layout_of, weights
from cerebro_db.training.states import averages_of, read_state, slot_name

_Shapes = dict[str, tuple[int, ...]]


class Memory:
    """The tensors of one network's states.

    Args:
        spec: the configuration.
        network: its network.
        alike: names of slots of the weights' own shapes, which are to be flat, too.

    Attributes:
        tensors: all that a state has, by names of states.
        weights: the network's variables, by the same names.
        trained: the names of those that are trained, in order.
        size: the bytes of a state.
        flat: all numbers that are trained, as one tensor.
        slots: the same of these slots.
        averaged: the numbers that there are averages of, as one tensor; empty for none.
        averages: theirs.
    """

    def __init__(self, spec: Spec, network: Network, alike: Iterable[str]) -> None:
        self._layout = layout_of(spec, network)
        self.size = bytes_of(self._layout)
        self.weights = weights(network)
        names = {id(variable): name for name, variable in self.weights.items()}
        self.trained = [names[id(v)] for v in network.trainable_variables]
        means = averaged(spec, network)
        # All that is trained has an average where anything has one.
        rest = [name for name in means if name not in self.trained]
        together = self._shapes([*self.trained, *rest])
        whole, self.tensors = _placed(together)
        self.flat = whole[: sum(map(prod, self._shapes(self.trained).values()))]
        self.averaged = whole[: len(whole) if means else 0]
        self.averages, views = _placed(averages_of(together) if means else {})
        self.tensors |= views
        self.slots: dict[str, Tensor] = {}
        for slot in alike:
            shapes = {slot_name(i, slot): self._layout[n][1] for i, n in enumerate(self.trained)}
            self.slots[slot], views = _placed(shapes)
            self.tensors |= views
        for name, (dtype, shape) in self._layout.items():
            if name not in self.tensors:
                self.tensors[name] = torch.zeros(shape, dtype=getattr(torch, dtype.name))

    @property
    def of_network(self) -> dict[str, Tensor]:
        """The variables of the network."""
        return {name: self.tensors[name] for name in self.weights}

    def load(self, state: bytes) -> None:
        """Take over a state.

        Raises:
            DataError: it is damaged, or that of another model.
        """
        given = read_state(state)
        check(self._layout, given)
        for name, tensor in self.tensors.items():
            tensor.numpy()[...] = given[name]

    def save(self) -> Tensors:
        """Return the state."""
        return {name: self.tensors[name].numpy().copy() for name in self._layout}

    def use_averages(self) -> None:
        """Put the averages in the place of the weights."""
        self.averaged.copy_(self.averages)

    def _shapes(self, names: Iterable[str]) -> _Shapes:
        return {name: self._layout[name][1] for name in names}


def _placed(shapes: _Shapes) -> tuple[Tensor, dict[str, Tensor]]:
    """Return a flat tensor, and views of it in these shapes, one behind the other."""
    sizes = [prod(shape) for shape in shapes.values()]
    flat = torch.zeros(sum(sizes))
    parts = zip(shapes.items(), flat.split(sizes), strict=True) if sizes else ()
    return flat, {name: part.view(shape) for (name, shape), part in parts}
