"""What a family of architectures declares. Read this before any family.

A family is data: its parameters, and a check that a dataset suits it. The layers that it stands for
are built by the module of the same name in ``cerebro_db.training.keras.families``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.parameters import Parameter
from cerebro_db.model.signature import Input, InputKind, Signature
from cerebro_db.model.values import MAX_UNITS, choice, flag, integer, list_of, number


def suits_any(parameters: dict[str, Any], signature: Signature) -> None:
    """Accept every dataset."""


@dataclass(frozen=True)
class Family:
    """A family: ``suits`` raises InvalidArgument where parameters and dataset don't go together."""

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    suits: Callable[[dict[str, Any], Signature], None] = suits_any


def inputs_of(kind: InputKind, family: str, signature: Signature) -> tuple[Input, ...]:
    """Return the dataset's inputs of a kind.

    Raises:
        InvalidArgument: there are none, and the family needs one.
    """
    found = tuple(item for item in signature.inputs if item.kind == kind)
    if not found:
        has = ", ".join(f"{item.name} ({item.kind})" for item in signature.inputs)
        raise InvalidArgument(
            f"the {family} family needs a column of kind {kind}",
            detail=f"The dataset's inputs are: {has}.",
            hint=f"Use another family, such as mlp, or encode a column as {kind}.",
        )
    return found


ACTIVATION = Parameter(
    "activation",
    choice("relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "leaky_relu", "linear"),
    "relu",
    "activation of the hidden layers",
)
DROPOUT = Parameter("dropout", number(0, 1), 0.0, "share of hidden units dropped while training")
BATCH_NORM = Parameter("batch_norm", flag, False, "normalise each hidden layer over the batch")
EMBEDDING_DIM = Parameter(
    "embedding_dim", integer(1, 4_096), 16, "numbers that stand for a category or a word"
)


def hidden(*default: int) -> Parameter:
    """Return the parameter for the sizes of the hidden layers."""
    check = list_of(integer(1, MAX_UNITS), 0, 64)
    return Parameter("hidden", check, list(default), "units of each hidden layer")
