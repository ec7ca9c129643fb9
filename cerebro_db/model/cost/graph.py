"""Walks a graph of layers along the way of a row."""

from __future__ import annotations

from collections.abc import Mapping

from cerebro_db.model.calls import Key, calls_of, output_of
from cerebro_db.model.code import Code
from cerebro_db.model.cost.ledger import Flow, Ledger
from cerebro_db.model.graph import LayerGraph
from cerebro_db.model.layers import layer_of
from cerebro_db.model.signature import Signature


def walk(
    ledger: Ledger,
    graph: LayerGraph,
    signature: Signature,
    code: Mapping[str, Code],
) -> None:
    """Put down every call of every layer.

    Args:
        code: the registered layers, by name.

    Raises:
        InvalidArgument: a layer cannot take what it is given.
    """
    inputs = {item.name: item for item in signature.inputs}
    flows: dict[Key, Flow] = {}
    architecture = graph.architecture
    for call in calls_of(architecture.keras):
        layer, taken = call.layer, [flows[source] for source in call.sources]
        class_name, arguments = layer["class_name"], layer["config"]
        where = graph.places.get(call.name, call.where)
        known_by = "" if call.name in graph.places else call.name
        if layer_of(layer) is None:
            version = code[class_name].sha256
            flows[call.key] = ledger.registered(
                class_name, arguments, version, *taken, name=call.name
            )
        elif class_name == "InputLayer":
            ledger.layer(where, class_name, arguments, name=call.name, known_by=known_by)
            flows[call.key] = ledger.input(inputs[architecture.inputs[arguments["name"]]])
        else:
            flows[call.key] = ledger.layer(
                where, class_name, arguments, *taken, name=call.name, known_by=known_by
            )
    ledger.result = flows[output_of(architecture.keras)]
