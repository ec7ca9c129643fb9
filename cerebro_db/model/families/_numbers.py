"""How the numbers of a dataset enter a network: ``numbers`` and the hyper-parameters beside it.

On embeddings for numerical features in tabular deep learning (Gorishniy et al., NeurIPS 2022). Only
continuous columns are embedded: those of which a dataset knows the bins. A dataset that an earlier
release has prepared knows of none, and all of its columns count as continuous.
"""

from __future__ import annotations

from typing import Any

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.model.graph import GraphBuilder, Tensor
from cerebro_db.model.parameters import Parameter
from cerebro_db.model.signature import Input, Signature
from cerebro_db.model.values import choice, integer, number, optional
from cerebro_db.words import counted

# More edges than this would make a document of a network that is refused.
_MAX_EDGES = 100_000

# Numbers that stand for one, as the authors' package has it by default.
PERIODIC_DIM = 24

_NAME = "numbers_embedding"


def _embedded(values: dict[str, Any]) -> bool:
    return values["numbers"] != "plain"


def _periodic(values: dict[str, Any]) -> bool:
    return values["numbers"] == "periodic"


NUMBERS = Parameter(
    "numbers",
    choice("plain", "piecewise", "periodic"),
    "plain",
    "how numbers enter: as they are, by how far they reach into each bin of their column, or as "
    "waves of frequencies that are learned",
)
NUMBERS_DIM = Parameter(
    "numbers_dim",
    optional(integer(1, 1_024)),
    None,
    "numbers that stand for an embedded one; null: 24 for periodic, and for piecewise its bins",
    _embedded,
)
FREQUENCIES = Parameter(
    "frequencies", integer(1, 1_024), 48, "frequencies of each periodic column", _periodic
)
# The authors' package begins with 0.01: with waves that bend nowhere, and in the epochs of a search
# they hardly learn to. On the portfolio's sets 0.1 was best in the mean, 0.3 on some.
FREQUENCY_SCALE = Parameter(
    "frequency_scale",
    number(0, above=True),
    0.1,
    "standard deviation of the frequencies of periodic numbers at first",
    _periodic,
)
NUMBER_PARAMETERS = (NUMBERS, NUMBERS_DIM, FREQUENCIES, FREQUENCY_SCALE)


def numbers_suit(parameters: dict[str, Any], signature: Signature) -> None:
    """Refuse piecewise numbers of a dataset that has no bins, or too many.

    Raises:
        InvalidArgument: the dataset was prepared by a release that knew no bins.
        LimitExceeded: a network could not state all edges of bins.
    """
    if parameters["numbers"] != "piecewise":
        return
    for item in signature.inputs:
        if item.kind == "numeric" and not item.edges:
            raise InvalidArgument(
                "the dataset has no bins for piecewise numbers",
                detail="It was prepared by a release that did not keep them.",
                hint="Prepare it again, or let numbers be plain or periodic.",
            )
        edges = sum(map(len, item.edges))
        if edges > _MAX_EDGES:
            raise LimitExceeded(
                "the dataset has too many bins for piecewise numbers",
                detail=f"Its {counted(len(item.edges), 'column')} of numbers have {edges:,} edges; "
                f"{_MAX_EDGES:,} are the most.",
                hint="Let numbers be plain or periodic.",
            )


def number_vectors(graph: GraphBuilder, item: Input, parameters: dict[str, Any]) -> list[Tensor]:
    """Put down vectors (n,) of an input of numbers: of its continuous columns, and of the others.

    Args:
        parameters: those of a family; one without ``numbers`` has plain ones.
    """
    kind, dim = parameters.get("numbers", "plain"), parameters.get("numbers_dim")
    if kind == "plain":
        return [graph.input(item)]
    continuous, others = _parted(graph, item)
    vectors = [] if others is None else [others]
    if continuous is None:
        return vectors
    if kind == "piecewise" and dim is None:
        edges = {"edges": _edges(item)}
        return [graph.layer("numbers", "PiecewiseEncoding", edges, continuous), *vectors]
    embedded = _embedding(graph, item, continuous, parameters, dim or PERIODIC_DIM)
    return [graph.layer("numbers", "Flatten", {}, embedded), *vectors]


def number_tokens(
    graph: GraphBuilder, item: Input, parameters: dict[str, Any], dim: int
) -> list[Tensor]:
    """Put down vectors (columns, dim) of an input of numbers: all columns are embedded."""
    if parameters["numbers"] == "plain":
        return [_linear(graph, graph.input(item), dim, _NAME)]
    continuous, others = _parted(graph, item)
    tokens = []
    if continuous is not None:
        tokens.append(_embedding(graph, item, continuous, parameters, dim))
    if others is not None:
        tokens.append(_linear(graph, others, dim, "others_embedding"))
    return tokens


def continuous_columns(item: Input) -> list[int]:
    """Return the positions of an input's continuous columns."""
    if not item.edges:
        return list(range(item.shape[0]))
    return [i for i, edges in enumerate(item.edges) if edges]


def _parted(graph: GraphBuilder, item: Input) -> tuple[Tensor | None, Tensor | None]:
    """Return the continuous columns, and the others; None where there are none."""
    numbers, columns = graph.input(item), set(continuous_columns(item))
    others = [i for i in range(item.shape[0]) if i not in columns]
    if not columns or not others:
        return (numbers, None) if columns else (None, numbers)

    def taken(positions: list[int]) -> Tensor:
        return graph.layer("numbers", "TakeColumns", {"columns": positions}, numbers)

    return taken(sorted(columns)), taken(others)


def _embedding(
    graph: GraphBuilder, item: Input, numbers: Tensor, parameters: dict[str, Any], dim: int
) -> Tensor:
    if parameters["numbers"] == "piecewise":
        arguments = {"edges": _edges(item), "dim": dim}
        return graph.layer("numbers", "PiecewiseNumbers", arguments, numbers, name=_NAME)
    arguments = {
        "frequencies": parameters["frequencies"],
        "scale": parameters["frequency_scale"],
        "dim": dim,
    }
    return graph.layer("numbers", "PeriodicNumbers", arguments, numbers, name=_NAME)


def _linear(graph: GraphBuilder, numbers: Tensor, dim: int, name: str) -> Tensor:
    return graph.layer("numbers", "LinearNumbers", {"dim": dim}, numbers, name=name)


def _edges(item: Input) -> list[list[float]]:
    return [list(edges) for edges in item.edges if edges]
