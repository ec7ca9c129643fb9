"""Puts a graph of layers together, as a family describes its network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cerebro_db.model.graph.order import in_order_of_weights
from cerebro_db.model.layers import LAYERS
from cerebro_db.model.layers._base import needs_of
from cerebro_db.model.layers.shapes import Misfit, Shape
from cerebro_db.model.signature import Input, Signature
from cerebro_db.model.spec import KerasArchitecture


@dataclass(frozen=True)
class Tensor:
    """What a layer of the graph gives.

    Args:
        layer: that layer's name.
        shape: without the rows; () where the layer cannot take what it is given, which the ledger
            of the whole graph tells.
    """

    layer: str
    shape: Shape


@dataclass(frozen=True)
class LayerGraph:
    """A whole network, from a dataset's inputs to logits.

    Args:
        architecture: its layers and their calls, as Keras would write them.
        places: what people know a layer by, by its name; a layer that has none stands in a
            registered config, and is known by its path there.
        weights: the layers in the order in which a state has their weights; None where that is the
            order in which Keras keeps them.
    """

    architecture: KerasArchitecture
    places: Mapping[str, str]
    weights: tuple[str, ...] | None


class GraphBuilder:
    """The layers that were put down so far, for a dataset of this signature."""

    def __init__(self, signature: Signature) -> None:
        self._signature = signature
        self._layers: list[dict[str, Any]] = []
        self._inputs: dict[str, str] = {}
        self._places: dict[str, str] = {}
        self._depths: dict[str, int] = {}
        self._unnamed: Counter[str] = Counter()

    def input(self, item: Input) -> Tensor:
        """Return one of the signature's inputs; the images of bytes among them are brought to
        [0, 1]."""
        # Names of columns may hold what Keras does not take in a name.
        name = f"input_{self._signature.inputs.index(item)}"
        if name not in self._inputs:
            config = {
                "batch_shape": [None, *item.shape],
                "dtype": "int32" if item.sizes else "float32",
                "name": name,
            }
            self._put_down("InputLayer", config, [])
            self._inputs[name] = item.name
            self._places[name] = item.name
        return Tensor(name, item.shape)

    def reserve(self, name: str) -> None:
        """Have the layer that is put down later under this name made before those in between.

        The order in which layers are made decides on their initial weights.
        """
        self._layers.append({"name": name})

    def layer(
        self,
        where: str,
        class_name: str,
        arguments: dict[str, Any],
        *tensors: Tensor,
        name: str = "",
        mask: Tensor | None = None,
        depth: int = 1,
    ) -> Tensor:
        """Put down a layer, called on tensors; return what it gives.

        Args:
            where: what people know the layer by: the hyper-parameter that asks for it, mostly.
            class_name: one of ``model/layers``.
            arguments: as in its Keras config, without its name.
            name: of the layer; one that has weights needs one, since states and other runs know
                its weights by it.
            mask: for a recurrent layer: which places of the sequence count.
            depth: as how many layers it counts in the order of weights.
        """
        if not name:
            kind = class_name.lower()
            self._unnamed[kind] += 1
            name = f"{kind}_{self._unnamed[kind]}"
        taken = [_history(tensor) for tensor in tensors]
        node = {
            "args": [taken] if LAYERS[class_name].arity == "many" else taken,
            "kwargs": {} if mask is None else {"mask": _history(mask)},
        }
        self._put_down(class_name, {**arguments, "name": name}, [node])
        self._places[name] = where
        self._depths[name] = depth
        return Tensor(name, _shape(class_name, arguments, tensors))

    def ending(self, logits: Tensor) -> LayerGraph:
        """Return the graph whose last tensor this is."""
        names = [layer["name"] for layer in self._layers if layer["name"] in self._inputs]
        ends = [[name, 0, 0] for name in names]
        config = {
            "module": "keras.src.models.functional",
            "class_name": "Functional",
            "config": {
                "name": "model",
                "trainable": True,
                "layers": self._layers,
                "input_layers": ends[0] if len(ends) == 1 else ends,
                "output_layers": [logits.layer, 0, 0],
            },
            "registered_name": None,
        }
        order = in_order_of_weights(config, self._depths)
        return LayerGraph(KerasArchitecture(config, self._inputs), self._places, order)

    def _put_down(
        self, class_name: str, config: dict[str, Any], nodes: list[dict[str, Any]]
    ) -> None:
        entry, name = LAYERS[class_name], config["name"]
        layer = {
            "module": entry.module,
            "class_name": class_name,
            "config": config,
            "registered_name": entry.registered_name,
            "name": name,
            "inbound_nodes": nodes,
        }
        if {"name": name} in self._layers:
            self._layers[self._layers.index({"name": name})] = layer
        else:
            self._layers.append(layer)


def _shape(class_name: str, arguments: dict[str, Any], tensors: tuple[Tensor, ...]) -> Shape:
    try:
        return needs_of(LAYERS[class_name], arguments, [tensor.shape for tensor in tensors]).shape
    except Misfit:
        return ()


def _history(tensor: Tensor) -> dict[str, Any]:
    config = {"shape": [None], "dtype": "float32", "keras_history": [tensor.layer, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": config}
