"""The calls of an admitted Keras config, in the order in which a row passes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

# A layer's name, and the position among its calls.
Key = tuple[str, int]


@dataclass(frozen=True)
class Call:
    """One call of a layer.

    Args:
        key: names the call in its model.
        layer: as the config has it.
        where: the JSON path of the layer.
        sources: the calls whose tensors it takes, in the order of the layer's own arguments.
    """

    key: Key
    layer: dict[str, Any]
    where: str
    sources: tuple[Key, ...]


def calls_of(config: dict[str, Any]) -> Iterator[Call]:
    """Yield every call of every layer, each behind those whose tensors it takes."""
    layers = config["config"]["layers"]
    places = [f"$.config.layers[{i}]" for i in range(len(layers))]
    if config["class_name"] == "Sequential":
        before: tuple[Key, ...] = ()
        for place, layer in zip(places, layers, strict=True):
            yield Call((place, 0), layer, place, before)
            before = ((place, 0),)
        return
    calls = {
        (layer["name"], i): Call((layer["name"], i), layer, place, _sources(node))
        for place, layer in zip(places, layers, strict=True)
        for i, node in enumerate(layer["inbound_nodes"] or [{"args": [], "kwargs": {}}])
    }
    sources = {key: call.sources for key, call in calls.items()}
    for key in TopologicalSorter(sources).static_order():
        yield calls[key]


def _sources(node: dict[str, Any]) -> tuple[Key, ...]:
    args = node["args"]
    tensors = list(args[0]) if args and isinstance(args[0], list) else list(args)
    tensors += [node["kwargs"][name] for name in ("value", "key") if node["kwargs"].get(name)]
    histories = [tensor["config"]["keras_history"] for tensor in tensors]
    return tuple((name, position) for name, position, _ in histories)
