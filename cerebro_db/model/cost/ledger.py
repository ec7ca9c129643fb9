"""Puts down what each layer of a model needs, in the order in which a row passes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.cost.needs import Misfit, Needs, Shape, needs_of

# None is a shape that nobody knows: what a registered layer gives.
Known = Shape | None


@dataclass(frozen=True)
class Entry:
    """One call of a layer, and where the layer stands in the model or its hyper-parameters."""

    where: str
    class_name: str
    needs: Needs


class Ledger:
    """The entries of one model."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._weighed: set[str] = set()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def layer(
        self, where: str, class_name: str, arguments: dict[str, Any], *shapes: Known
    ) -> Known:
        """Put down a call of a layer on tensors of these shapes; return the shape that it gives.

        A layer that stands in one place has one set of weights, however often it is called.

        Raises:
            InvalidArgument: the layer cannot take what it is given.
        """
        known = [shape for shape in shapes if shape is not None]
        if len(known) < len(shapes):
            return None
        try:
            needs = needs_of(class_name, arguments, known)
        except Misfit as misfit:
            raise InvalidArgument(
                f"{where} ({class_name}) does not fit here",
                detail=f"Behind the layers before it, {misfit}.",
                hint="Build the model in Keras with the shapes of the dataset's inputs.",
            ) from None
        if arguments.get("trainable") is False:
            needs = replace(needs, trained=0, fixed=needs.fixed + needs.trained)
        if where in self._weighed:
            needs = replace(needs, trained=0, fixed=0)
        self._weighed.add(where)
        self._entries.append(Entry(where, class_name, needs))
        return needs.shape
