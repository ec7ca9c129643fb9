"""text: embedded words, pooled or read by an LSTM, then dense layers; other inputs join there."""

from dataclasses import replace
from typing import Any

from cerebro_db.model.cost.ledger import Flow, Ledger
from cerebro_db.model.families._base import (
    ACTIVATION,
    DROPOUT,
    EMBEDDING_DIM,
    Family,
    embedded,
    features,
    hidden,
    hidden_layers,
    inputs_of,
    joined,
    mean_of_words,
    named,
    outputs,
)
from cerebro_db.model.parameters import Parameter
from cerebro_db.model.signature import Input, Signature
from cerebro_db.model.values import choice, integer


def _suits(parameters: dict[str, Any], signature: Signature) -> None:
    inputs_of("text", "text", signature)


def _outline(ledger: Ledger, parameters: dict[str, Any], signature: Signature) -> None:
    texts = [i for i in signature.inputs if i.kind == "text"]
    others = [i for i in signature.inputs if i.kind != "text"]
    read = [_read(ledger, text, name, parameters) for name, text in named(texts)]
    x = joined(ledger, [*read, *features(ledger, others, parameters["embedding_dim"])])
    outputs(ledger, signature, hidden_layers(ledger, x, parameters))


def _read(ledger: Ledger, item: Input, name: str, parameters: dict[str, Any]) -> Flow:
    where, dim = f"embedding_dim of {item.name}", parameters["embedding_dim"]
    vectors = embedded(ledger, where, f"{name}_embedding", item, dim)
    match parameters["pooling"]:
        case "mean":
            return mean_of_words(ledger, item, vectors)
        case "max":
            lowered = ledger.layer(f"max of {item.name}", "Rescaling", {}, vectors)
            return ledger.layer(f"max of {item.name}", "GlobalMaxPooling1D", {}, lowered)
        case _:
            arguments = {"units": parameters["units"]}
            where = f"units of {item.name}"
            return ledger.layer(where, "LSTM", arguments, vectors, name=f"{name}_lstm")


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
        hidden(64),
        ACTIVATION,
        DROPOUT,
    ),
    _outline,
    _suits,
)
