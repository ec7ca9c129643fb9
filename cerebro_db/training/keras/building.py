"""A Keras model of an admitted config, layer by layer: whoever builds it can stop in between.

Keras' own way is one call, in which a Sequential is built anew for each of its layers.
"""

from __future__ import annotations

from collections.abc import Generator
from copy import deepcopy
from typing import Any

import keras

from cerebro_db.model.calls import Call, Key, calls_of
from cerebro_db.model.layers._base import OWN, PACKAGE

# Layers of Keras' in whose place one of ours is built, of the same name (``keras/layers``).
_IN_PLACE = frozenset({"GlobalAveragePooling1D"})

Layers = dict[str, keras.layers.Layer]
Building = Generator[None, None, tuple[keras.Model, Layers]]


def building(config: dict[str, Any]) -> Building:
    """Yield after each layer that was made or called; return the model and its layers by name.

    Layers are made in the order of the config, as Keras makes them: so they draw the same seeds.
    """
    layers: Layers = {}
    for given in config["config"]["layers"]:
        # Some of Keras' layers take what they read out of their config.
        own = deepcopy({name: value for name, value in given.items() if name != "inbound_nodes"})
        if own["class_name"] in _IN_PLACE:
            own |= {"module": OWN, "registered_name": f"{PACKAGE}>{own['class_name']}"}
        layers[given["name"]] = keras.saving.deserialize_keras_object(own, safe_mode=True)
        yield
    tensors: dict[Key, Any] = {}
    for call in calls_of(config):
        layer = layers[call.name]
        if call.sources:
            args, kwargs = _arguments(call, tensors)
            tensors[call.key] = keras.tree.flatten(layer(*args, **kwargs))[0]
        else:
            tensors[call.key] = layer.output
        yield
    begin = _ends(config["config"]["input_layers"], tensors)
    end = _ends(config["config"]["output_layers"], tensors)
    return keras.Model(begin, end, name="model"), layers


def _arguments(call: Call, tensors: dict[Key, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return what a layer is called with."""
    node = call.layer["inbound_nodes"][call.key[1]]
    return _filled(node["args"], tensors), _filled(node["kwargs"], tensors)


def _filled(document: Any, tensors: dict[Key, Any]) -> Any:
    """Return arguments of a call with the tensors that stand in them."""
    if isinstance(document, list):
        return [_filled(item, tensors) for item in document]
    if not isinstance(document, dict):
        return document
    if document.get("class_name") == "__keras_tensor__":
        name, position, _ = document["config"]["keras_history"]
        return tensors[name, position]
    return {name: _filled(value, tensors) for name, value in document.items()}


def _ends(places: list[Any], tensors: dict[Key, Any]) -> Any:
    """Return the tensor at [layer, call, 0], or those at several such places."""
    if isinstance(places[0], list):
        return [_ends(place, tensors) for place in places]
    name, position, _ = places
    return tensors[name, position]
