"""Puts down what each layer of a model needs, in the order in which a row passes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.calls import in_layer
from cerebro_db.model.layers import LAYERS
from cerebro_db.model.layers._base import needs_of
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape
from cerebro_db.model.signature import Input

# Arguments of a layer on which the shapes of its weights do not depend.
_BESIDE = ("name", "trainable")


@dataclass(frozen=True)
class Flow:
    """A tensor on its way through a model.

    Args:
        shape: its shape without the rows; None where nobody knows it: behind a registered layer.
        behind: the inputs, and the layers with weights, that it comes from with none in between.
        maker: what made it, where nobody knows the shape: what is made alike has one shape.
    """

    shape: Shape | None
    behind: frozenset[str] = frozenset()
    maker: str = ""


@dataclass(frozen=True)
class Entry:
    """One call of a layer, where the layer stands in the model or its hyper-parameters, and its
    name if people know it by that."""

    where: str
    class_name: str
    needs: Needs
    known_by: str = ""


@dataclass
class Weighted:
    """A layer with weights, however often it is called.

    Args:
        class_name: its class.
        weights: the shapes of its weights, or, where nobody knows them, what decides on them.
        behind: see ``Flow``: of all that it is called on.
    """

    class_name: str
    weights: tuple[Shape, ...] | str
    behind: frozenset[str] = field(default_factory=frozenset)


class Ledger:
    """The entries of one model.

    ``weighted`` has the layers with weights by name, in the order of their calls, and ``result`` is
    what the model gives: by itself, what the layer gives that was put down last.
    """

    def __init__(self) -> None:
        self.weighted: dict[str, Weighted] = {}
        self.result = Flow(None)
        self._entries: list[Entry] = []
        # Layers whose weights are in an entry.
        self._counted: set[str] = set()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def input(self, item: Input) -> Flow:
        """Return an input of the dataset on its way."""
        return Flow(item.shape, frozenset({item.name}))

    def layer(
        self,
        where: str,
        class_name: str,
        arguments: dict[str, Any],
        *flows: Flow,
        name: str,
        known_by: str = "",
    ) -> Flow:
        """Put down a call of a layer on tensors; return what it gives.

        A layer has one set of weights, however often it is called.

        Args:
            where: what people know the layer by; others may be known by the same.
            name: the layer's own.
            known_by: its name, where that is what people know it by.

        Raises:
            InvalidArgument: the layer cannot take what it is given.
        """
        layer = LAYERS[class_name]
        shapes = [flow.shape for flow in flows if flow.shape is not None]
        if len(shapes) < len(flows):
            return self._unknown(class_name, arguments, flows, name, layer.with_weights)
        try:
            needs = needs_of(layer, arguments, shapes)
        except Misfit as misfit:
            raise InvalidArgument(
                f"{where} ({class_name}) does not fit here{in_layer(known_by)}",
                detail=f"Behind the layers before it, {misfit}.",
                hint="Build the model in Keras with the shapes of the dataset's inputs.",
            ) from None
        behind = frozenset() if layer.tells_places else _behind(flows)
        if needs.weights:
            behind = self._weigh(name, class_name, needs.weights, behind)
        if arguments.get("trainable") is False:
            needs = replace(needs, trained=(), fixed=needs.weights)
        if name in self._counted:
            needs = replace(needs, trained=(), fixed=())
        self._counted.add(name)
        # Keras' Muon knows embeddings by such names.
        needs = replace(needs, embeds=needs.embeds or "embedding" in name.lower())
        self._entries.append(Entry(where, class_name, needs, known_by))
        self.result = Flow(needs.shape, behind)
        return self.result

    def registered(
        self, class_name: str, arguments: dict[str, Any], version: str, *flows: Flow, name: str
    ) -> Flow:
        """Put down a call of a registered layer, of which nobody knows what it needs or gives.

        Args:
            version: tells versions of its code apart.
        """
        return self._unknown(f"{class_name}@{version}", arguments, flows, name, weighted=True)

    def _unknown(
        self,
        class_name: str,
        arguments: dict[str, Any],
        flows: tuple[Flow, ...],
        name: str,
        weighted: bool,
    ) -> Flow:
        own = {key: value for key, value in arguments.items() if key not in _BESIDE}
        made_of = [flow.maker or flow.shape for flow in flows]
        document = json.dumps([class_name, own, made_of], sort_keys=True)
        maker = sha256(document.encode()).hexdigest()
        behind = _behind(flows)
        if weighted:
            behind = self._weigh(name, class_name, maker, behind)
        self.result = Flow(None, behind, maker)
        return self.result

    def _weigh(
        self,
        name: str,
        class_name: str,
        weights: tuple[Shape, ...] | str,
        behind: frozenset[str],
    ) -> frozenset[str]:
        """Put down a layer with weights; return what stands behind it for those that follow."""
        found = self.weighted.setdefault(name, Weighted(class_name, weights))
        found.behind |= behind
        return frozenset({name})


def _behind(flows: tuple[Flow, ...]) -> frozenset[str]:
    return frozenset().union(*(flow.behind for flow in flows))
