"""What a state consists of: a network's weights, averages of them, and the optimizer's part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from cerebro_db.errors import DataError
from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors, in_order
from cerebro_db.training.keras.network import Network
from cerebro_db.training.keras.optimizers import slots_kept
from cerebro_db.training.states import STEP, WEIGHTS, averages_of, serving_in, slot_name

Layout = dict[str, tuple[np.dtype, tuple[int, ...]]]
"""Type and shape of each tensor of a state, in the order in which a state has them."""


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


def first_state(spec: Spec, network: Network) -> Tensors:
    """Return the state in which a configuration with a new network begins, without averages."""
    new = {name: np.asarray(variable) for name, variable in weights(network).items()}
    return new | optimizer_state(spec, network.trainable_variables)


def optimizer_state(spec: Spec, variables: Sequence[Any]) -> Tensors:
    """Return an optimizer's part of a state before its first step, for variables to train."""
    slots = {
        slot_name(i, name): np.full(slot.shape, slot.start, np.float32)
        for i, variable in enumerate(variables)
        for name, slot in slots_kept(spec, variable).items()
    }
    return {STEP: np.zeros((), np.int64), **slots}


def averaged(spec: Spec, network: Network) -> tuple[str, ...]:
    """Return the names of the weights of which a configuration keeps averages."""
    frozen = {id(v) for name in spec.frozen for v in network.layers[name].variables}
    return tuple(
        name
        for name, variable in weights(network).items()
        if spec.ema and np.issubdtype(variable.dtype, np.floating) and id(variable) not in frozen
    )


def first_averages(spec: Spec, network: Network, weights: Tensors) -> Tensors:
    """Return the averages of a state that begins with these weights: the weights."""
    return averages_of({name: weights[name] for name in averaged(spec, network)})


def layout_of(spec: Spec, network: Network) -> Layout:
    """Return the layout of the states of a configuration."""
    first = first_state(spec, network)
    return layout(
        {n: (a.dtype, a.shape) for n, a in (first | first_averages(spec, network, first)).items()}
    )


def set_weights(network: Network, state: Tensors) -> None:
    """Set a network's variables from a state.

    Raises:
        DataError: the state is that of another model.
    """
    variables, found = weights(network), serving_in(state)
    check(layout({name: (v.dtype, v.shape) for name, v in variables.items()}), found)
    for name, variable in variables.items():
        variable.assign(found[name])


def layout(kept: Mapping[str, tuple[Any, tuple[int, ...]]]) -> Layout:
    """Return the layout of a state that keeps variables of these types and shapes."""
    found = {name: (np.dtype(dtype), tuple(shape)) for name, (dtype, shape) in kept.items()}
    return {name: found[name] for name in in_order({n: dtype for n, (dtype, _) in found.items()})}


def bytes_of(layout: Layout) -> int:
    """Return the size of all tensors of a state."""
    return sum(dtype.itemsize * int(np.prod(shape)) for dtype, shape in layout.values())


def check(expected: Layout, state: Tensors) -> None:
    """Check that a state is of this layout.

    Raises:
        DataError: it is not.
    """
    belong = ((name, dtype, shape) for name, (dtype, shape) in expected.items())
    stand = ((name, array.dtype, array.shape) for name, array in state.items())
    for belongs, stands in zip_longest(belong, stand):
        if belongs != stands:
            raise DataError(
                "the state is not that of this model",
                detail=f"It has {_shown(stands)} instead of {_shown(belongs)}.",
            )


def _shown(entry: tuple[str, np.dtype, tuple[int, ...]] | None) -> str:
    if entry is None:
        return "nothing"
    name, dtype, shape = entry
    return f"{name}, {dtype} of shape {shape},"
