"""wide_deep: a linear model over numbers and categories beside dense layers over everything."""

from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.families._base import (
    ACTIVATION,
    BATCH_NORM,
    CATEGORIES,
    DROPOUT,
    EMBEDDING_DIM,
    UNKNOWN,
    Family,
    embedded,
    features,
    hidden,
    hidden_layers,
    joined,
    output,
)
from cerebro_db.model.families._numbers import NUMBER_PARAMETERS, numbers_suit
from cerebro_db.model.graph import GraphBuilder, Tensor
from cerebro_db.model.signature import Signature


def _suits(parameters: dict[str, Any], signature: Signature) -> None:
    numbers_suit(parameters, signature)
    if not any(item.kind in ("numeric", "categorical") for item in signature.inputs):
        raise InvalidArgument(
            "the wide_deep family needs numeric or categorical columns",
            detail="The dataset's inputs are: "
            + ", ".join(f"{item.name} ({item.kind})" for item in signature.inputs)
            + ".",
            hint="Use another family, such as mlp, cnn or text.",
        )


def _layers(graph: GraphBuilder, parameters: dict[str, Any], signature: Signature) -> Tensor:
    units = signature.output.units
    x = joined(graph, features(graph, signature.inputs, parameters))
    parts = [output(graph, signature, hidden_layers(graph, x, parameters))]
    for item in signature.inputs:
        where, name = f"wide part of {item.name}", f"wide_{item.name}"
        if item.kind == "numeric":
            arguments = {"units": units, "use_bias": False}
            parts.append(graph.layer(where, "Dense", arguments, graph.input(item), name=name))
        elif item.kind == "categorical":
            parts.append(
                embedded(
                    graph, where, name, item, units, unknown=parameters["unknown"], merge="sum"
                )
            )
    return graph.layer("sum", "Add", {}, *parts)


FAMILY = Family(
    "wide_deep",
    "a linear model over numbers and categories, added to dense layers over all inputs",
    (
        hidden(128, 64),
        ACTIVATION,
        DROPOUT,
        BATCH_NORM,
        EMBEDDING_DIM,
        UNKNOWN,
        *NUMBER_PARAMETERS,
    ),
    _layers,
    _suits,
    defaults=CATEGORIES,
)
