"""Brings a model and the models in it into one list of layers.

A model that is called several times has each layer once, and calls it as often. Its input layers
become what it is called on, and its layers get its name in front: ``encoder.dense_1``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.configs.bounds import MAX_CALLS, MAX_VALUES, bounded, count_values, too_large
from cerebro_db.model.configs.models import Model, Part, is_model, read_model
from cerebro_db.model.configs.spelling import of_shapes
from cerebro_db.model.configs.tensors import History, histories, rewired
from cerebro_db.model.values import refused
from cerebro_db.words import counted

# What Keras writes beside a model and beside its layers, of which nothing is built.
_HEAD = {"keras_version": str, "backend": str}
_SLASHED = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*", re.ASCII)
_MODULE = "keras.src.models.functional"
_CONTAINERS = ("keras", "keras.models", "tf_keras", "tf_keras.models", "keras.src.models")


@dataclass(frozen=True)
class OneForm:
    """A config in the one form.

    Args:
        config: a Functional config of Keras 3 without models in it.
        places: where each of its layers stands in the config that was read.
        frozen: those places whose layers a model around them has untrained.
    """

    config: Any
    places: tuple[str, ...] = ()
    frozen: frozenset[str] = frozenset()


def one_form(config: Any) -> OneForm:
    """Return a config of any form in the one form; what is no model, as it is.

    Raises:
        InvalidArgument: it is not put together as Keras' models are.
        LimitExceeded: it is larger or deeper than the project takes, or would be when the models
            in it are brought into one list.
    """
    bounded(config)
    if not is_model(config):
        return OneForm(config)
    model = read_model(config, "$")
    top = _Place(model)
    _enter(top)
    frozen: set[str] = set()
    read = list(_layers(model, "", top.of_all, frozen, around=False))
    body = config["config"] if isinstance(config["config"], dict) else {}
    kept = {name: body[name] for name in body if not _said(name, body[name])}
    found = {name: value for name, value in config.items() if not _of_head(name, value)}
    if _is_container(config.get("module")):
        found.pop("module", None)
    if found.get("registered_name") == config["class_name"]:
        found["registered_name"] = None
    inputs, outputs = (_ends(top, ends) for ends in (model.inputs, model.outputs))
    ends = {"input_layers": inputs, "output_layers": outputs}
    kept |= {"layers": [layer for _, layer in read], **ends}
    flat = {"module": _MODULE, **found, "class_name": "Functional", "config": kept}
    return OneForm(flat, tuple(place for place, _ in read), frozenset(frozen))


def _is_container(module: Any) -> bool:
    return (
        isinstance(module, str)
        and (module in _CONTAINERS or module.endswith((".functional", ".sequential", ".training")))
        and module.split(".")[0] in ("keras", "tf_keras")
    )


def _of_head(name: str, value: Any) -> bool:
    """Return whether a member of a model says nothing that matters here."""
    if name == "build_config":
        return of_shapes(value)
    return name in _HEAD and isinstance(value, _HEAD[name])


def _said(name: str, value: Any) -> bool:
    """Return whether a member of a model's config is read, or says nothing that matters."""
    if name == "build_input_shape":
        return of_shapes(value)
    return name in ("layers", "input_layers", "output_layers")


@dataclass(eq=False)
class _Place:
    """A call of a model within others, or the whole one.

    Args:
        model: what is called.
        prefix: what stands before the names of its layers.
        number: the position among all calls of this model.
        taken: what it is called on, as the model around it has that.
        around: the call of the model that it stands in.
        of_all: the calls of each model of the whole one, by the model's identity.
        within: the calls of models in it, by part and position.
        makers: what makes each of its tensors, as the whole model has that, as far as it is found;
            None while it is looked for.
    """

    model: Model
    prefix: str = ""
    number: int = 0
    taken: tuple[History, ...] = ()
    around: _Place | None = None
    of_all: dict[int, list[_Place]] = field(default_factory=dict)
    within: dict[tuple[int, int], _Place] = field(default_factory=dict)
    makers: dict[History, History | None] = field(default_factory=dict)


def _enter(top: _Place) -> None:
    """Find all calls of models, outer ones first."""
    top.of_all[id(top.model)] = [top]
    waiting, calls, values = [top], 0, 0
    while waiting:
        place = waiting.pop(0)
        for part in place.model.parts:
            calls += len(part.calls)
            values += count_values(part.calls)
            if values > MAX_VALUES:
                raise too_large()
            if calls > MAX_CALLS:
                raise refused("$.config.layers", f"called at most {MAX_CALLS} times in all", calls)
            if part.model is not None:
                waiting += _calls(place, part, part.model)


def _calls(place: _Place, part: Part, model: Model) -> list[_Place]:
    """Return the calls of a model in one of another."""
    known = place.of_all.setdefault(id(model), [])
    found = []
    for i, node in enumerate(part.calls):
        where = f"{part.where}.inbound_nodes[{i}]"
        if not isinstance(node, dict) or not isinstance(node.get("kwargs", {}), dict):
            raise refused(where, "a call", node)
        for name, value in node.get("kwargs", {}).items():
            if value is not None and value is not False:
                raise refused(f"{where}.kwargs.{name}", "null", value)
        taken = tuple(histories(node.get("args", [])))
        if len(taken) != len(model.inputs):
            must = f"on {counted(len(model.inputs), 'tensor')}, as the model has inputs"
            raise refused(where, must, node)
        prefix = f"{place.prefix}{_name(part)}."
        call = _Place(model, prefix, len(known), taken, place, place.of_all)
        known.append(call)
        place.within[id(part), i] = call
        found.append(call)
    return found


def _layers(
    model: Model, prefix: str, calls: dict[int, list[_Place]], frozen: set[str], *, around: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the places and layers of a model and of those in it, in the order of their making.

    Args:
        frozen: gets the places of what a model around it has untrained.
        around: whether one around this model has it so.
    """
    around = around or (model.frozen and bool(prefix))
    for part in model.parts:
        if part.model is not None:
            yield from _layers(part.model, f"{prefix}{_name(part)}.", calls, frozen, around=around)
            continue
        if prefix and part.document.get("class_name") == "InputLayer":
            continue
        layer, config = dict(part.document), part.document.get("config", {})
        if isinstance(config, dict):
            if isinstance(config.get("name"), str):
                config = {**config, "name": prefix + _cleaned(config["name"])}
            if around:
                # Whatever the layer says: Keras trains nothing in a model that is not trained.
                config = {**config, "trainable": False}
                frozen.add(part.where)
            layer["config"] = config
        layer["name"], layer["inbound_nodes"] = prefix + _name(part), part.nodes
        if isinstance(part.nodes, list):
            layer["inbound_nodes"] = [
                rewired(node, partial(_resolved, place))
                for place in calls.get(id(model), [])
                for node in part.nodes
            ]
        yield part.where, layer


def _resolved(place: _Place, history: History) -> History:
    """Return which call of a layer makes a tensor, as the whole model has that.

    Each tensor of each call of a model is looked at once, however many others lead to it.
    """
    first, passed = history, []
    within: _Place | None = place
    while within is not None:
        if history in within.makers:
            known = within.makers[history]
            if known is None:
                raise InvalidArgument(
                    "the layers of the Keras config form a cycle",
                    detail=f'In it: what "{first[0]}" gives.',
                    hint="Write what Keras' model.to_json() writes.",
                )
            history = known
            break
        within.makers[history] = None
        passed.append((within, history))
        within, history = _behind(within, history)
    for one, taken in passed:
        one.makers[taken] = history
    return history


def _behind(place: _Place, history: History) -> tuple[_Place | None, History]:
    """Return where a tensor comes from: a tensor of another call of a model, or no such call and
    what makes it in the whole model."""
    name, number, output = history
    part = place.model.by_name.get(name)
    if part is None:
        return None, (place.prefix + name, number, output)
    if part.model is not None:
        call = place.within.get((id(part), number - part.begins))
        if call is None or not 0 <= output < len(part.model.outputs):
            return None, (place.prefix + _name(part), number, output)
        return call, part.model.outputs[output]
    if place.around is not None and history in place.model.positions:
        return place.around, place.taken[place.model.positions[history]]
    if not 0 <= number < max(1, len(part.calls)):
        number += MAX_CALLS
    return None, (place.prefix + _name(part), place.number * len(part.calls) + number, output)


def _ends(top: _Place, ends: list[History]) -> list[Any]:
    found = [list(_resolved(top, end)) for end in ends]
    return found[0] if len(found) == 1 else found


def _name(part: Part) -> str:
    return _cleaned(part.name) if isinstance(part.name, str) else part.where


def _cleaned(name: str) -> str:
    """Return a name without the slashes that Keras 2 takes between names."""
    return name.replace("/", "_") if _SLASHED.fullmatch(name) else name
