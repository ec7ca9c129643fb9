"""Walks a Keras config, admitted and filled, along the way of a row."""

from __future__ import annotations

from typing import Any

from cerebro_db.model.calls import Key, calls_of
from cerebro_db.model.cost.ledger import Known, Ledger


def walk(ledger: Ledger, config: dict[str, Any]) -> None:
    """Put down every call of every layer.

    Raises:
        InvalidArgument: a layer cannot take what it is given.
    """
    shapes: dict[Key, Known] = {}
    for call in calls_of(config):
        layer, taken = call.layer, [shapes[source] for source in call.sources]
        if layer["registered_name"] is None:
            shapes[call.key] = ledger.layer(
                call.where, layer["class_name"], layer["config"], *taken
            )
        else:
            shapes[call.key] = None
