"""text: embedded words, pooled or read by an LSTM, then dense layers; other inputs join there."""

from dataclasses import replace
from typing import Any

from cerebro_db.model.families._base import (
    ACTIVATION,
    CATEGORIES,
    DROPOUT,
    EMBEDDING_DIM,
    UNKNOWN,
    Family,
    dropped_out,
    features,
    head,
    hidden,
    inputs_of,
    joined,
    named,
    pooled,
    words,
)
from cerebro_db.model.graph import GraphBuilder, Tensor
from cerebro_db.model.parameters import Parameter
from cerebro_db.model.signature import Input, Signature
from cerebro_db.model.values import choice, integer, number


def _suits(parameters: dict[str, Any], signature: Signature) -> None:
    inputs_of("text", "text", signature)


def _layers(graph: GraphBuilder, parameters: dict[str, Any], signature: Signature) -> Tensor:
    texts = [i for i in signature.inputs if i.kind == "text"]
    others = [i for i in signature.inputs if i.kind != "text"]
    read = [_read(graph, text, name, parameters) for name, text in named(texts)]
    read = [dropped_out(graph, x, parameters, "embedding_dropout") for x in read]
    x = joined(graph, [*read, *features(graph, others, parameters)])
    return head(graph, signature, x, parameters)


def _read(graph: GraphBuilder, item: Input, name: str, parameters: dict[str, Any]) -> Tensor:
    vectors, mask = words(graph, item, name, parameters["embedding_dim"])
    if parameters["pooling"] != "lstm":
        return pooled(graph, item, parameters["pooling"], vectors, mask)
    units = {"units": parameters["units"]}
    where = f"units of {item.name}"
    return graph.layer(where, "LSTM", units, vectors, name=f"{name}_lstm", mask=mask)


FAMILY = Family(
    "text",
    "embedded words, pooled or read by an LSTM, then dense layers",
    (
        replace(EMBEDDING_DIM, default=64),
        Parameter("pooling", choice("mean", "max", "lstm"), "mean", "how words become one vector"),
        Parameter(
            "units",
            integer(1, 4_096),
            64,
            "units of the LSTM",
            counts=lambda values: values["pooling"] == "lstm",
        ),
        Parameter(
            "embedding_dropout",
            number(0, 1),
            0.0,
            "share of what was read of a text that is dropped while training",
        ),
        hidden(64),
        ACTIVATION,
        DROPOUT,
        UNKNOWN,
    ),
    _layers,
    _suits,
    defaults=CATEGORIES,
)
