"""wide_deep: a linear model over numbers and categories beside dense layers over everything."""

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.families._base import (
    ACTIVATION,
    BATCH_NORM,
    DROPOUT,
    EMBEDDING_DIM,
    Family,
    hidden,
)
from cerebro_db.model.signature import Signature


def _suits(parameters: dict[str, object], signature: Signature) -> None:
    if not any(item.kind in ("numeric", "categorical") for item in signature.inputs):
        raise InvalidArgument(
            "the wide_deep family needs numeric or categorical columns",
            detail="The dataset's inputs are: "
            + ", ".join(f"{item.name} ({item.kind})" for item in signature.inputs)
            + ".",
            hint="Use another family, such as mlp, cnn or text.",
        )


FAMILY = Family(
    "wide_deep",
    "a linear model over numbers and categories, added to dense layers over all inputs",
    (hidden(128, 64), ACTIVATION, DROPOUT, BATCH_NORM, EMBEDDING_DIM),
    _suits,
)
