"""Row weights: the column that says how much each row counts, in training and in metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cerebro_db.dataset.columns import Column, find
from cerebro_db.errors import InvalidArgument
from cerebro_db.literals import json_literal

KIND = "weights"
"""What ``encode`` says of a column of row weights."""


def split_weights(
    encode: Any,
    stated: str | None,
    columns: Sequence[Column],
    targets: Sequence[Column],
    validation: object,
) -> tuple[Any, Column | None]:
    """Return what ``encode`` states of all other columns, and the one of row weights.

    Args:
        encode: the argument, as it was given.
        stated: the name of the column, if it is stated beside that.
        columns: those of the source.
        targets, validation: what is something else already.

    Raises:
        UndefinedColumn: there is no such column.
        InvalidArgument: two are named, or the one is no number or is something else.
    """
    names = [] if stated is None else [stated]
    rest = encode
    if isinstance(encode, Mapping):
        rest = {name: says for name, says in encode.items() if not _weighs(name, says)}
        names += [name for name in encode if name not in rest]
    found = list(dict.fromkeys(find(name, columns, what="weights column") for name in names))
    if not found:
        return rest, None
    if len(found) > 1:
        raise InvalidArgument(
            "one column can hold the weights of rows",
            detail="Named are: " + ", ".join(column.name for column in found) + ".",
            hint="Multiply them in a SELECT that is the source.",
        )
    (weights,) = found
    if isinstance(rest, Mapping) and weights.name in rest:
        raise InvalidArgument(
            f'column "{weights.name}" holds the weights of rows, and is no feature',
            detail="encode states something else of it.",
            hint="Leave it out of encode. To have it as a feature too, select it under a second"
            " name.",
        )
    if weights in (*targets, validation):
        raise InvalidArgument(
            f'column "{weights.name}" cannot hold the weights of rows',
            detail=f"It is the {'target' if weights in targets else 'validation'} column.",
            hint="Name another column.",
        )
    if weights.form != "number":
        raise InvalidArgument(
            f'the weights of rows must be numbers, and column "{weights.name}" holds none',
            detail=f"Its type is {weights.type}.",
            hint="Cast it to a number in a SELECT that is the source.",
        )
    return rest, weights


def _weighs(name: str, says: Any) -> bool:
    """Return whether this is said of a column of row weights.

    Raises:
        InvalidArgument: it has options, too.
    """
    if not isinstance(says, Mapping) or says.get("as") != KIND:
        return bool(says == KIND)
    if len(says) > 1:
        raise InvalidArgument(
            "row weights have no options in encode",
            detail=f'Stated of column "{name}" are: '
            + ", ".join(option for option in says if option != "as")
            + ".",
            hint=f"Write encode := {json_literal({name: KIND})}.",
        )
    return True
