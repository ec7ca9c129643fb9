"""The declaration of a family of architectures. Read this before any family.

A family is its parameters, a check that a dataset suits it, and an outline: the layers that it
stands for, for a ledger of what they need. The module of the same name in
``cerebro_db.training.keras.families`` builds these layers; a test holds the two together. Layers
with weights have names, the same in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.cost.ledger import Flow, Ledger
from cerebro_db.model.optimizers import optimizer_names
from cerebro_db.model.parameters import Parameter
from cerebro_db.model.signature import Input, InputKind, Signature, Task
from cerebro_db.model.values import MAX_UNITS, choice, flag, integer, list_of, number

# Puts down the layers for parameters and a dataset.
Outline = Callable[[Ledger, dict[str, Any], Signature], None]


def suits_any(parameters: dict[str, Any], signature: Signature) -> None:
    """Accept every dataset."""


@dataclass(frozen=True)
class ByTask:
    """A default that is one value for classes or labels, and another for numbers."""

    classes: Any
    numbers: Any

    def of(self, task: Task | None) -> Any:
        """Return the one for a task; both, if it is not known."""
        if task is None:
            return [self.classes, self.numbers]
        return self.numbers if task == "regression" else self.classes


@dataclass(frozen=True)
class Family:
    """A family of architectures.

    Args:
        suits: raises InvalidArgument where parameters and dataset don't go together.
        defaults: values of hyper-parameters, the family's own and those of training, where nobody
            states one; a ``ByTask`` among them differs between tasks. A learning rate goes with the
            optimizer that it is for.
    """

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    outline: Outline
    suits: Callable[[dict[str, Any], Signature], None] = suits_any
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def defaults_beside(self, stated: Mapping[str, Any], task: Task | None) -> dict[str, Any]:
        """Return the defaults that hold beside stated values.

        Another optimizer than the family's has rates and parameters of its own.

        Args:
            task: that of the dataset; None where it is not known yet.
        """
        found = {
            name: value.of(task) if isinstance(value, ByTask) else value
            for name, value in self.defaults.items()
        }
        optimizer = found.get("optimizer")
        if stated.get("optimizer", optimizer) == optimizer:
            return found
        of_optimizer = ("learning_rate", "weight_decay", *optimizer_names())
        return {name: value for name, value in found.items() if name not in of_optimizer}


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


def with_hidden_layers(values: dict[str, Any]) -> bool:
    """Count where there are hidden layers."""
    return bool(values["hidden"])


ACTIVATION = Parameter(
    "activation",
    choice("relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "leaky_relu", "linear"),
    "relu",
    "activation of the hidden layers",
    with_hidden_layers,
)
DROPOUT = Parameter(
    "dropout",
    number(0, 1),
    0.0,
    "share of hidden units dropped while training",
    with_hidden_layers,
)
BATCH_NORM = Parameter(
    "batch_norm",
    flag,
    False,
    "normalise each hidden layer over the batch",
    with_hidden_layers,
)
EMBEDDING_DIM = Parameter(
    "embedding_dim", integer(1, 4_096), 16, "numbers that stand for a category or a word"
)


def hidden(*default: int) -> Parameter:
    """Return the parameter for the sizes of the hidden layers."""
    check = list_of(integer(1, MAX_UNITS), 0, 64)
    return Parameter("hidden", check, list(default), "units of each hidden layer")


def features(ledger: Ledger, inputs: Iterable[Input], embedding_dim: int) -> list[Flow]:
    """Put down what makes a vector of each input."""
    return [_vector(ledger, item, name, embedding_dim) for name, item in named(inputs)]


def named(inputs: Iterable[Input]) -> Iterator[tuple[str, Input]]:
    """Yield each input with what the names of its layers begin with: a column's name may hold what
    those of layers cannot."""
    texts = images = 0
    for item in inputs:
        match item.kind:
            case "text":
                texts += 1
                yield f"text_{texts}", item
            case "image":
                images += 1
                yield f"image_{images}", item
            case _:
                yield item.name, item


def hidden_layers(ledger: Ledger, x: Flow, parameters: dict[str, Any]) -> Flow:
    """Put down the dense layers that ``hidden`` asks for."""
    for i, units in enumerate(parameters["hidden"]):
        where, name = f"hidden[{i}]", f"hidden_{i + 1}"
        x = ledger.layer(where, "Dense", {"units": units}, x, name=name)
        x = block(ledger, where, name, x, parameters)
        x = dropped_out(ledger, x, parameters)
    return x


def block(ledger: Ledger, where: str, name: str, x: Flow, parameters: dict[str, Any]) -> Flow:
    """Put down normalisation of the layer of that name, where that is asked for, and activation."""
    if parameters.get("batch_norm"):
        norm = f"{name}_norm"
        x = ledger.layer(f"batch_norm of {where}", "BatchNormalization", {}, x, name=norm)
    return ledger.layer(f"activation of {where}", "Activation", {}, x)


def dropped_out(ledger: Ledger, x: Flow, parameters: dict[str, Any]) -> Flow:
    """Put down dropout, where that is asked for."""
    return ledger.layer("dropout", "Dropout", {}, x) if parameters["dropout"] else x


def joined(ledger: Ledger, flows: Sequence[Flow]) -> Flow:
    """Put down that vectors are brought side by side."""
    return flows[0] if len(flows) == 1 else ledger.layer("inputs", "Concatenate", {}, *flows)


def embedded(ledger: Ledger, where: str, name: str, item: Input, dim: int) -> Flow:
    """Put down the one table for the codes or words of an input."""
    arguments = {"input_dim": sum(item.sizes), "output_dim": dim}
    return ledger.layer(where, "Embedding", arguments, ledger.input(item), name=name)


def mean_of_words(ledger: Ledger, item: Input, vectors: Flow) -> Flow:
    """Put down the mean over the words of a text that are no padding."""
    masked = ledger.layer(f"mean of {item.name}", "Rescaling", {}, vectors)
    return ledger.layer(f"mean of {item.name}", "GlobalAveragePooling1D", {}, masked)


def outputs(ledger: Ledger, signature: Signature, x: Flow) -> Flow:
    """Put down the layer of logits."""
    return ledger.layer("output", "Dense", {"units": signature.output.units}, x, name="output")


def _vector(ledger: Ledger, item: Input, name: str, embedding_dim: int) -> Flow:
    where, table = f"embedding_dim of {item.name}", f"{name}_embedding"
    match item.kind:
        case "numeric":
            return ledger.input(item)
        case "categorical":
            vectors = embedded(ledger, where, table, item, embedding_dim)
            return ledger.layer(item.name, "Flatten", {}, vectors)
        case "image":
            return ledger.layer(item.name, "Flatten", {}, ledger.input(item))
        case "text":
            vectors = embedded(ledger, where, table, item, embedding_dim)
            return mean_of_words(ledger, item, vectors)
