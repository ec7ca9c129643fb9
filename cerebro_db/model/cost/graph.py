"""Walks a Keras config, admitted and filled, along the way of a row."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import Any

from cerebro_db.model.cost.ledger import Known, Ledger

_Call = tuple[str, int]


def walk(ledger: Ledger, config: dict[str, Any]) -> None:
    """Put down every call of every layer.

    Raises:
        InvalidArgument: a layer cannot take what it is given.
    """
    layers = config["config"]["layers"]
    places = {id(layer): f"$.config.layers[{i}]" for i, layer in enumerate(layers)}
    if config["class_name"] == "Sequential":
        shape: Known = None
        for layer in layers:
            given = [] if layer["class_name"] == "InputLayer" else [shape]
            shape = _put_down(ledger, places[id(layer)], layer, *given)
        return
    of_name = {layer["name"]: layer for layer in layers}
    shapes: dict[_Call, Known] = {}
    sources = {
        (layer["name"], i): _sources(node)
        for layer in layers
        for i, node in enumerate(layer["inbound_nodes"] or [{"args": [], "kwargs": {}}])
    }
    for call in TopologicalSorter(sources).static_order():
        layer = of_name[call[0]]
        taken = [shapes[source] for source in sources[call]]
        shapes[call] = _put_down(ledger, places[id(layer)], layer, *taken)


def _put_down(ledger: Ledger, where: str, layer: dict[str, Any], *shapes: Known) -> Known:
    if layer["registered_name"] is not None:
        return None
    return ledger.layer(where, layer["class_name"], layer["config"], *shapes)


def _sources(node: dict[str, Any]) -> list[_Call]:
    """Return the calls whose tensors a call takes, in the order of the layer's own arguments."""
    args = node["args"]
    tensors = list(args[0]) if args and isinstance(args[0], list) else list(args)
    tensors += [node["kwargs"][name] for name in ("value", "key") if node["kwargs"].get(name)]
    histories = [tensor["config"]["keras_history"] for tensor in tensors]
    return [(name, position) for name, position, _ in histories]
