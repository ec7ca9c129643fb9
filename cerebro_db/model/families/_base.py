"""The declaration of a family of architectures. Read this before any family.

A family is its parameters, a check that a dataset suits it, and a function that puts its layers
together: see ``model/graph``. Layers with weights have names, by which states and other runs know
their weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.families._numbers import number_vectors
from cerebro_db.model.graph import GraphBuilder, Tensor
from cerebro_db.model.layers.embedding import tables
from cerebro_db.model.optimizers import optimizer_names
from cerebro_db.model.parameters import Parameter
from cerebro_db.model.signature import Input, InputKind, Signature
from cerebro_db.model.tasks import TASKS
from cerebro_db.model.values import MAX_UNITS, choice, flag, integer, list_of, number, optional

OUTPUT = "output"
"""The name of the layer of logits."""

# From parameters and a dataset to logits.
Layers = Callable[[GraphBuilder, dict[str, Any], Signature], Tensor]


def suits_any(parameters: dict[str, Any], signature: Signature) -> None:
    """Accept every dataset."""


@dataclass(frozen=True)
class ByTask:
    """A default that is one value for classes or labels, and another for numbers."""

    classes: Any
    numbers: Any

    def of(self, task: str | None) -> Any:
        """Return the one for a task; both, if it is not known."""
        if task is None:
            return [self.classes, self.numbers]
        return self.numbers if TASKS[task].of_numbers else self.classes


BIASES_AND_NORMS = frozenset({"bias", "gamma", "beta"})
"""The names of weights that many authors decay no more than they regularise them otherwise."""


@dataclass(frozen=True)
class WithWidths:
    """A default for datasets that know the widths of their categories' vectors: earlier releases
    prepared others, and their runs go on with what the parameter itself has by default."""

    value: Any


@dataclass(frozen=True)
class Family:
    """A family of architectures.

    Args:
        suits: raises InvalidArgument where parameters and dataset don't go together.
        defaults: values of hyper-parameters, the family's own and those of training, where nobody
            states one; a ``ByTask`` among them differs between tasks, a ``WithWidths`` holds for
            some datasets. A learning rate goes with the optimizer that it is for.
        epochs: how far it trains where nobody says, whatever the data.
        best_by_loss: whether, where nobody says, its best epoch is that of the least loss and not
            that of the best metric.
        undecayed: the names of weights that weight decay leaves alone, in all layers; beside them
            are those of which a layer of ours says so.
    """

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    layers: Layers
    suits: Callable[[dict[str, Any], Signature], None] = suits_any
    defaults: Mapping[str, Any] = field(default_factory=dict)
    epochs: int | None = None
    best_by_loss: bool = False
    undecayed: frozenset[str] = frozenset()

    def defaults_beside(
        self, stated: Mapping[str, Any], task: str | None, *, with_widths: bool = True
    ) -> dict[str, Any]:
        """Return the defaults that hold beside stated values.

        Another optimizer than the family's has rates and parameters of its own.

        Args:
            task: that of the dataset; None where it is not known yet.
            with_widths: whether the dataset may be one for which ``WithWidths`` holds.
        """
        found = {
            name: _default(value, task)
            for name, value in self.defaults.items()
            if with_widths or not isinstance(value, WithWidths)
        }
        optimizer = found.get("optimizer")
        if stated.get("optimizer", optimizer) == optimizer:
            return found
        of_optimizer = ("learning_rate", "weight_decay", *optimizer_names())
        return {name: value for name, value in found.items() if name not in of_optimizer}


def _default(value: Any, task: str | None) -> Any:
    match value:
        case ByTask():
            return value.of(task)
        case WithWidths():
            return value.value
    return value


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
# Of categories in datasets of earlier releases, and of words, where nobody says.
_DIM = 16

EMBEDDING_DIM = Parameter(
    "embedding_dim",
    optional(integer(1, 4_096)),
    None,
    "numbers that stand for a category or a word; null: of a category by how many values its column"
    " has, of a word 16",
)
UNKNOWN = Parameter(
    "unknown",
    number(0, 1),
    0.0,
    "share of embedded categories that are taken for unknown ones while training, which trains what"
    " stands for them",
)
CATEGORIES = {UNKNOWN.name: WithWidths(0.01)}
"""What families that embed categories have among their defaults."""


def hidden(*default: int) -> Parameter:
    """Return the parameter for the sizes of the hidden layers."""
    check = list_of(integer(1, MAX_UNITS), 0, 64)
    return Parameter("hidden", check, list(default), "units of each hidden layer")


def features(
    graph: GraphBuilder, inputs: Iterable[Input], parameters: dict[str, Any]
) -> list[Tensor]:
    """Put down what makes vectors of each input: numbers, embedded categories, pixels, averaged
    words.

    Args:
        parameters: those of a family: ``embedding_dim``, and perhaps ``unknown``, ``numbers`` and
            the like.
    """
    return [x for name, item in named(inputs) for x in _vectors(graph, item, name, parameters)]


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


def hidden_layers(graph: GraphBuilder, x: Tensor, parameters: dict[str, Any]) -> Tensor:
    """Put down the dense layers that ``hidden`` asks for."""
    for i, units in enumerate(parameters["hidden"]):
        where, name = f"hidden[{i}]", f"hidden_{i + 1}"
        x = graph.layer(where, "Dense", {"units": units}, x, name=name)
        x = block(graph, where, name, x, parameters)
        x = dropped_out(graph, x, parameters)
    return x


def block(
    graph: GraphBuilder, where: str, name: str, x: Tensor, parameters: dict[str, Any]
) -> Tensor:
    """Put down normalisation of the layer of that name, where that is asked for, and activation."""
    if parameters.get("batch_norm"):
        norm = f"{name}_norm"
        x = graph.layer(f"batch_norm of {where}", "BatchNormalization", {}, x, name=norm)
    activation = {"activation": parameters["activation"]}
    return graph.layer(f"activation of {where}", "Activation", activation, x)


def dropped_out(
    graph: GraphBuilder,
    x: Tensor,
    parameters: dict[str, Any],
    rate: str = "dropout",
    **options: Any,
) -> Tensor:
    """Put down dropout at the rate of a name, where that is asked for; there were fewer before."""
    if not parameters.get(rate):
        return x
    return graph.layer(rate, "VariableDropout", {"rate": rate, **options}, x)


def joined(graph: GraphBuilder, tensors: Sequence[Tensor]) -> Tensor:
    """Put down that vectors are brought side by side."""
    return tensors[0] if len(tensors) == 1 else graph.layer("inputs", "Concatenate", {}, *tensors)


def embedded(
    graph: GraphBuilder,
    where: str,
    name: str,
    item: Input,
    dim: int | None,
    *,
    unknown: float = 0.0,
    **options: Any,
) -> Tensor:
    """Put down the tables for the codes of all categories.

    Args:
        dim: the width of their vectors; None has each column's own.
        unknown: the share of codes that are dropped in training, by which unknown ones are trained.
        options: further arguments of the layer.
    """
    width: int | list[int] = dim or list(item.widths) or _DIM
    arguments = {"sizes": list(item.sizes), "dim": width, **options}
    codes = codes_of(graph, item, unknown)
    return graph.layer(where, "ColumnEmbeddings", arguments, codes, name=name, depth=2)


def codes_of(graph: GraphBuilder, item: Input, unknown: float) -> Tensor:
    """Put down the codes of all categories, of which this share is dropped in training."""
    codes = graph.input(item)
    if not unknown:
        return codes
    return graph.layer("unknown", "CodeDropout", {"rate": "unknown"}, codes)


def embedded_widths(item: Input, dim: int | None) -> list[int]:
    """Return the widths of the vectors that ``embedded`` brings side by side, in their order."""
    of_columns: int | list[int] = dim or list(item.widths) or _DIM
    return [width for width, own in tables(len(item.sizes), of_columns) for _ in own]


def words(graph: GraphBuilder, item: Input, name: str, dim: int | None) -> tuple[Tensor, Tensor]:
    """Put down the table for the words of a text; return their vectors, and which are words."""
    ids = graph.input(item)
    arguments = {"input_dim": item.sizes[0], "output_dim": dim or _DIM}
    where = f"embedding_dim of {item.name}"
    vectors = graph.layer(where, "Embedding", arguments, ids, name=f"{name}_embedding")
    return vectors, graph.layer(f"words of {item.name}", "WordMask", {}, ids)


def pooled(graph: GraphBuilder, item: Input, kind: str, vectors: Tensor, mask: Tensor) -> Tensor:
    """Put down the mean or the max over the words of a text."""
    layer = {"mean": "MaskedMean", "max": "MaskedMax"}[kind]
    return graph.layer(f"{kind} of {item.name}", layer, {}, vectors, mask, depth=3)


def head(
    graph: GraphBuilder, signature: Signature, x: Tensor, parameters: dict[str, Any]
) -> Tensor:
    """Put down the layer of logits, and before it the dense ones that ``hidden`` asks for."""
    graph.reserve(OUTPUT)
    return output(graph, signature, hidden_layers(graph, x, parameters))


def output(graph: GraphBuilder, signature: Signature, x: Tensor) -> Tensor:
    """Put down the layer of logits."""
    return graph.layer("output", "Dense", {"units": signature.output.units}, x, name=OUTPUT)


def _vectors(
    graph: GraphBuilder, item: Input, name: str, parameters: dict[str, Any]
) -> list[Tensor]:
    dim, unknown = parameters["embedding_dim"], parameters.get("unknown", 0.0)
    match item.kind:
        case "numeric":
            return number_vectors(graph, item, parameters)
        case "categorical":
            where = f"embedding_dim of {item.name}"
            return [embedded(graph, where, f"{name}_embedding", item, dim, unknown=unknown)]
        case "image":
            return [graph.layer(item.name, "Flatten", {}, graph.input(item))]
        case "text":
            return [pooled(graph, item, "mean", *words(graph, item, name, dim))]
