"""A model, and the models in it, as they stand in a config: layers, and calls on tensors."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.configs.bounds import MAX_LAYERS
from cerebro_db.model.configs.operations import as_layer
from cerebro_db.model.configs.spelling import of_keras, of_shapes, spelled
from cerebro_db.model.configs.tensors import History, call, histories, history, tensor
from cerebro_db.model.values import flag, refused, shown

_MODELS = ("Sequential", "Functional", "Model")


@dataclass
class Part:
    """A layer of a model, or a model in it.

    Args:
        name: by which calls of other layers know it.
        document: a layer as it stands in the config, in today's spelling.
        nodes: its calls in Keras 3's notation; if no list, what stood in its place.
        model: what it is, where it is no layer.
        where: its place in the config.
        begins: how its first call is counted.
    """

    name: Any
    document: dict[str, Any]
    nodes: Any
    where: str
    model: Model | None = None
    begins: int = 0

    @property
    def calls(self) -> list[Any]:
        """Return its calls; none where there is no list of them."""
        return self.nodes if isinstance(self.nodes, list) else []


@dataclass
class Model:
    """A model.

    Args:
        parts: its layers and models, in the order in which they are made.
        inputs: the tensors that stand for what it is called on.
        outputs: the tensors that it gives.
        frozen: whether nothing in it is trained.
        by_name: its parts.
        positions: of its inputs among themselves.
    """

    parts: list[Part]
    inputs: list[History]
    outputs: list[History]
    frozen: bool = False
    by_name: dict[Any, Part] = field(default_factory=dict)
    positions: dict[History, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in self.parts:
            if isinstance(part.name, str):
                self.by_name.setdefault(part.name, part)
        for i, end in enumerate(self.inputs):
            self.positions.setdefault(end, i)


def is_model(document: Any) -> bool:
    """Return whether an object of a config is a model, and no layer."""
    return (
        isinstance(document, dict)
        and document.get("class_name") in _MODELS
        and isinstance(document.get("config"), dict | list)
        and of_keras(document)
    )


def read_model(document: dict[str, Any], where: str) -> Model:
    """Return a model as its config has it.

    Raises:
        InvalidArgument: it is not put together as Keras' models are.
    """
    body = document["config"]
    body = {"layers": body} if isinstance(body, list) else body
    given = body.get("layers")
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_LAYERS:
        raise refused(f"{where}.config.layers", f"a list of 1 to {MAX_LAYERS} layers", given)
    places = [f"{where}.config.layers[{i}]" for i in range(len(given))]
    for place, layer in zip(places, given, strict=True):
        if not isinstance(layer, dict):
            raise refused(place, "an object", layer)
    frozen = not flag(body.get("trainable", True), f"{where}.config.trainable")
    if document["class_name"] == "Sequential":
        return _sequential(given, places, frozen=frozen)
    return _functional(body, given, places, where, frozen=frozen)


def _sequential(given: list[Any], places: list[str], *, frozen: bool) -> Model:
    names = _names(given)
    parts: list[Part] = []
    before: History | None = None
    first = given[0]
    behind = []
    if first.get("class_name") != "InputLayer":
        # Behind the others, which keep their places.
        behind.append(_input(first, names, places[0]))
        before = (behind[0].name, 0, 0)
    for place, name, layer in zip(places, names, given, strict=True):
        is_input = layer.get("class_name") == "InputLayer"
        if is_input and before is not None:
            raise misplaced(place, layer, "only stand first")
        node = [] if before is None else [{"args": [tensor(before)], "kwargs": {}}]
        parts.append(_part(layer, name, node, place))
        before = (name, 0, 0)
    begin = (behind or parts)[0]
    return Model(parts + behind, [(begin.name, 0, 0)], [(names[-1], 0, 0)], frozen)


def _input(first: dict[str, Any], names: list[Any], place: str) -> Part:
    """Return the input layer that a list of layers does without."""
    name, number = "input", 0
    while name in names:
        number += 1
        name = f"input_{number}"
    config: dict[str, Any] = {"name": name}
    stated = first.get("config")
    stated = stated if isinstance(stated, dict) and of_keras(first) else {}
    if of_shapes(stated.get("batch_input_shape", "")):
        config["batch_shape"] = stated["batch_input_shape"]
    document = {"class_name": "InputLayer", "config": config}
    return Part(name, document, [], place)


def _functional(
    body: dict[str, Any], given: list[Any], places: list[str], where: str, *, frozen: bool
) -> Model:
    parts, of_keras_2 = [], False
    for place, layer in zip(places, given, strict=True):
        config = layer.get("config")
        name = layer.get("name")
        if name is None and isinstance(config, dict):
            name = config.get("name")
        nodes = layer.get("inbound_nodes", [])
        if isinstance(nodes, list):
            of_keras_2 = of_keras_2 or any(isinstance(node, list) for node in nodes)
            nodes = [call(node, layer) for node in nodes]
        parts.append(_part(layer, name, nodes, place))
    inputs, outputs = (_ends(body, f"{end}_layers", where) for end in ("input", "output"))
    model = Model(parts, inputs, outputs, frozen)
    _count_calls(model, of_keras_2=of_keras_2)
    return model


def _part(layer: dict[str, Any], name: Any, nodes: Any, place: str) -> Part:
    if is_model(layer):
        compiled = layer.get("compile_config")
        if compiled not in (None, {}):
            raise refused(
                f"{place}.compile_config", "empty", compiled, hint="Save the model uncompiled."
            )
        return Part(name, layer, nodes, place, read_model(layer, place))
    document = spelled({"config": {}, **layer})
    if of_keras(document):
        document, nodes = as_layer(document, nodes)
    return Part(name, document, nodes, place)


def _ends(body: dict[str, Any], member: str, where: str) -> list[History]:
    """Return the tensors that input_layers or output_layers name: one, or several of them."""
    path, value = f"{where}.config.{member}", body.get(member)
    if isinstance(value, dict):
        value = [value[name] for name in sorted(value)]
    elif isinstance(value, list) and value and not isinstance(value[0], list):
        value = [value]
    if not isinstance(value, list) or not value:
        raise refused(path, "a list of [layer, call, 0]", body.get(member))
    found = []
    for i, item in enumerate(value):
        end = history(item)
        if end is None:
            raise refused(f"{path}[{i}]", "[layer, call, 0]", item)
        found.append(end)
    return found


def _count_calls(model: Model, *, of_keras_2: bool) -> None:
    """Find out how calls of the models in a model are counted: from 1, since a functional model has
    a call of its own, by Keras 2; by Keras 3 only where it says what the whole model gives."""
    if of_keras_2:
        least: dict[Any, int] = {}
        taken = (found for part in model.parts for found in histories(part.calls))
        for name, number, _ in chain(model.outputs, taken):
            least[name] = min(number, least.get(name, number))
        for part in model.parts:
            if part.model is not None and isinstance(part.name, str):
                part.begins = 1 if least.get(part.name) else 0
        return
    for i, (name, number, place) in enumerate(model.outputs):
        inner = model.by_name.get(name)
        if inner is None or inner.model is None or not number:
            continue
        if inner.document["class_name"] != "Sequential":
            model.outputs[i] = (name, number - 1, place)


def _names(layers: list[Any]) -> list[Any]:
    """Return each layer's name: its config's, or "dense_2" for the second Dense without one."""
    stated = [_stated_name(layer) for layer in layers]
    taken = {name for name in stated if isinstance(name, str)}
    count: Counter[str] = Counter()
    names = []
    for layer, name in zip(layers, stated, strict=True):
        while name is None:
            kind = str(layer.get("class_name")).lower()
            count[kind] += 1
            tried = f"{kind}_{count[kind]}"
            name = None if tried in taken else tried
        names.append(name)
    return names


def _stated_name(layer: dict[str, Any]) -> Any:
    config = layer.get("config")
    return config.get("name") if isinstance(config, dict) else layer.get("name")


def misplaced(where: str, layer: dict[str, Any], rule: str) -> InvalidArgument:
    """Return the error for a layer that may not stand where it does."""
    return InvalidArgument(
        f"{where}: {layer['class_name']} may {rule}",
        detail=f"Found {shown(layer)}.",
        hint="Write what Keras' model.to_json() writes.",
    )
