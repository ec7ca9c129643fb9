"""The tensors in calls of layers, as Keras 2 and Keras 3 write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cerebro_db.model.code import registered_layer
from cerebro_db.model.layers import LAYERS

# A layer's name, the position among its calls, and that among the tensors which the call gives.
History = tuple[str, int, int]

_CONSTANT = "_CONSTANT_VALUE"
# Layers that are called as in training where nothing is said of it.
_IN_TRAINING = ("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom")


def tensor(history: History) -> dict[str, Any]:
    """Return a tensor as Keras 3 writes it; its shape is only there to be parsed."""
    config = {"shape": [None], "dtype": "float32", "keras_history": list(history)}
    return {"class_name": "__keras_tensor__", "config": config}


def history(value: Any) -> History | None:
    """Return what [layer, call, tensor] says; None for anything else."""
    match value:
        case [str(name), int(call), int(place)] if not (
            isinstance(call, bool) or isinstance(place, bool)
        ):
            return name, call, place
    return None


def histories(document: Any) -> list[History]:
    """Return the tensors of a document in Keras' order, in which names of objects are sorted."""
    return list(_histories(document))


def _histories(document: Any) -> Iterator[History]:
    if isinstance(document, dict):
        found = _of_tensor(document)
        if found is not None:
            yield found
            return
        document = [document[name] for name in sorted(document)]
    if isinstance(document, list):
        for item in document:
            yield from _histories(item)


def rewired(document: Any, where: Callable[[History], History]) -> Any:
    """Return a copy of a document whose tensors have other histories."""
    if isinstance(document, list):
        return [rewired(item, where) for item in document]
    if not isinstance(document, dict):
        return document
    found = _of_tensor(document)
    if found is not None:
        return {**document, "config": {**document["config"], "keras_history": list(where(found))}}
    return {name: rewired(value, where) for name, value in document.items()}


def _of_tensor(document: dict[str, Any]) -> History | None:
    if document.get("class_name") != "__keras_tensor__":
        return None
    config = document.get("config")
    return history(config.get("keras_history")) if isinstance(config, dict) else None


def call(node: Any, layer: dict[str, Any]) -> Any:
    """Return a call of a layer in the notation of Keras 3. Keras 2 writes it as

        [["dense", 0, 0, {"training": false}], ["dense", 1, 0]]

    An operation has one such entry without a list around it. Anything else comes back as it is.
    """
    # What is known of a class of Keras says nothing of a registered layer of that name.
    class_name = None if registered_layer(layer) is not None else layer.get("class_name")
    if not isinstance(node, list) or not node:
        return _usual(node, class_name)
    entries = node if isinstance(node[0], list) else [node]
    args, kwargs = [], {}
    for entry in entries:
        match entry:
            case [_, _, _]:
                pass
            case [_, _, _, dict(given)]:
                kwargs.update(given)
            case _:
                return node
        if entry[0] == _CONSTANT:
            args.append(entry[2])
            continue
        found = history(entry[:3])
        if found is None:
            return node
        args.append(tensor(found))
    known = LAYERS.get(class_name) if isinstance(class_name, str) else None
    several = known.arity == "many" if known is not None else len(args) > 1
    return {
        "args": [args] if several else args,
        "kwargs": {name: _argument(value) for name, value in kwargs.items()},
    }


def _usual(node: Any, class_name: Any) -> Any:
    """Return a call without what is its layer's default, which Keras writes down too."""
    match node:
        case {"kwargs": {"training": True, **others}} if class_name in _IN_TRAINING:
            return {**node, "kwargs": others}
    return node


def _argument(value: Any) -> Any:
    found = history(value)
    return value if found is None else tensor(found)
