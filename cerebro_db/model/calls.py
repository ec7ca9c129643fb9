"""The calls of an admitted Keras config, in the order in which a row passes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any


def in_layer(name: str) -> str:
    """Return what a message ends in that is about a layer; nothing where people know it by
    something else."""
    return f', in layer "{name}"' if name else ""


# A layer's name, and the position among its calls.
Key = tuple[str, int]


@dataclass(frozen=True)
class Call:
    """One call of a layer.

    Args:
        key: names the call in its model.
        layer: as the config has it.
        where: the JSON path of the layer.
        name: the layer's.
        sources: the calls whose tensors it takes, in the order of the layer's own arguments.
        mask: the call that says which places of a sequence count, for a recurrent layer.
    """

    key: Key
    layer: dict[str, Any]
    where: str
    name: str
    sources: tuple[Key, ...]
    mask: Key | None = None

    @property
    def taken(self) -> tuple[Key, ...]:
        """All calls whose tensors it takes."""
        return self.sources if self.mask is None else (*self.sources, self.mask)


def calls_of(config: dict[str, Any]) -> Iterator[Call]:
    """Yield every call of every layer, each behind those whose tensors it takes."""
    layers = config["config"]["layers"]
    places = [f"$.config.layers[{i}]" for i in range(len(layers))]
    calls = {
        (layer["name"], i): Call(
            (layer["name"], i), layer, place, layer["name"], _sources(node), _mask(node)
        )
        for place, layer in zip(places, layers, strict=True)
        for i, node in enumerate(layer["inbound_nodes"] or [{"args": [], "kwargs": {}}])
    }
    taken = {key: call.taken for key, call in calls.items()}
    for key in TopologicalSorter(taken).static_order():
        yield calls[key]


def output_of(config: Mapping[str, Any]) -> Key:
    """Return the call whose tensor a model gives."""
    name, position, _ = config["config"]["output_layers"]
    return name, position


def _sources(node: dict[str, Any]) -> tuple[Key, ...]:
    args = node["args"]
    tensors = list(args[0]) if args and isinstance(args[0], list) else list(args)
    tensors += [node["kwargs"][name] for name in ("value", "key") if node["kwargs"].get(name)]
    return tuple(map(_source, tensors))


def _mask(node: dict[str, Any]) -> Key | None:
    mask = node["kwargs"].get("mask")
    return None if mask is None else _source(mask)


def _source(tensor: dict[str, Any]) -> Key:
    name, position, _ = tensor["config"]["keras_history"]
    return name, position
