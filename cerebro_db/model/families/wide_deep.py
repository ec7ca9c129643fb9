"""wide_deep: a linear model over numbers and categories beside dense layers over everything."""

from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.cost.ledger import Ledger
from cerebro_db.model.families._base import (
    ACTIVATION,
    BATCH_NORM,
    DROPOUT,
    EMBEDDING_DIM,
    Family,
    embedded,
    features,
    hidden,
    hidden_layers,
    joined,
    outputs,
)
from cerebro_db.model.signature import Signature


def _suits(parameters: dict[str, Any], signature: Signature) -> None:
    if not any(item.kind in ("numeric", "categorical") for item in signature.inputs):
        raise InvalidArgument(
            "the wide_deep family needs numeric or categorical columns",
            detail="The dataset's inputs are: "
            + ", ".join(f"{item.name} ({item.kind})" for item in signature.inputs)
            + ".",
            hint="Use another family, such as mlp, cnn or text.",
        )


def _outline(ledger: Ledger, parameters: dict[str, Any], signature: Signature) -> None:
    units = signature.output.units
    x = joined(ledger, features(ledger, signature.inputs, parameters["embedding_dim"]))
    parts = [outputs(ledger, signature, hidden_layers(ledger, x, parameters))]
    for item in signature.inputs:
        where, name = f"wide part of {item.name}", f"wide_{item.name}"
        if item.kind == "numeric":
            arguments = {"units": units, "use_bias": False}
            parts.append(ledger.layer(where, "Dense", arguments, ledger.input(item), name=name))
        elif item.kind == "categorical":
            vectors = embedded(ledger, where, name, item, units)
            parts.append(ledger.layer(f"sum of {item.name}", "GlobalAveragePooling1D", {}, vectors))
    ledger.layer("sum", "Add", {}, *parts)


FAMILY = Family(
    "wide_deep",
    "a linear model over numbers and categories, added to dense layers over all inputs",
    (hidden(128, 64), ACTIVATION, DROPOUT, BATCH_NORM, EMBEDDING_DIM),
    _outline,
    _suits,
)
