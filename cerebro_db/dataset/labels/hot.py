"""Labels that are arrays of 0 and 1, one position for each class: what they say, and as targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import INTEGER_SENDS, Column
from cerebro_db.errors import DataError, InvalidArgument, UnsupportedType
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import TASKS, Task, inferred, task_of
from cerebro_db.words import counted

FOUND = (
    "select coalesce(bool_or(others), false) as others,"
    " coalesce(bool_or(missing), false) as missing,"
    " max(coalesce(array_ndims(hot), 0)) as dimensions,"
    " min(coalesce(array_length(hot, 1), 0)) as shortest,"
    " max(coalesce(array_length(hot, 1), 0)) as longest,"
    " min(total) as least, max(total) as most"
    " from (select hot,"
    " (select bool_or(item not in (0, 1)) from unnest(hot) as item) as others,"
    " (select bool_or(item is null) from unnest(hot) as item) as missing,"
    " coalesce((select sum(item) from unnest(hot) as item), 0) as total"
    " from (select value::float8[] as hot from {labels} where position < $1) as cast_rows"
    ") as looked_at"
)
"""The query of a ``Found``, one row; $1 is the number of labelled rows."""


@dataclass(frozen=True)
class Found:
    """The content of arrays of numbers or booleans.

    Args:
        others: some element is neither 0 nor 1.
        missing: some element is NULL.
        dimensions: how many there are at most.
        shortest, longest: of the first dimension.
        least, most: how many 1 an array has.
    """

    others: bool
    missing: bool
    dimensions: int
    shortest: int
    longest: int
    least: float
    most: float

    def task(self, column: Column, stated: str | None) -> Task | None:
        """Return the task that the arrays are labels of; None if they are sets of integer labels.

        Raises:
            UnsupportedType: they hold numbers that are no labels.
            DataError: they hold 0 and 1, and say no class, or not one where the task asks for one.
            InvalidArgument: the stated task is for another number of positions.
        """
        if self.others:
            if column.element in INTEGER_SENDS:
                return None
            raise UnsupportedType(
                f'column "{column.name}" cannot be predicted',
                detail=f"Its type is {column.type}, and it holds other numbers than 0 and 1.",
                hint="Several numbers to predict are target columns of their own: 'a, b, c'.",
            )
        shape = self._misshapen()
        if shape:
            raise _no_classes(column, shape)
        one = self.least == self.most == 1
        wanted = TASKS.get(stated or "")
        if wanted.labels == "set" if wanted else stated is None and self.most > 1:
            return wanted or inferred("set", self.longest)
        if not one:
            raise _no_classes(
                column, f"An array has from {self.least:g} to {self.most:g} of its elements set."
            )
        suited = inferred("class", self.longest)
        if wanted and wanted.unfit(self.longest):
            raise InvalidArgument(
                f'task "{stated}" does not fit the target',
                detail=f'The arrays of column "{column.name}" have {self.longest} positions.',
                hint=f"Use task := '{suited.name}'.",
            )
        return wanted or suited

    def _misshapen(self) -> str:
        """Return why arrays of 0 and 1 are no classes whatever they hold, or nothing."""
        if self.dimensions > 1:
            return f"They have {counted(self.dimensions, 'dimension')}."
        if self.shortest != self.longest:
            return f"Their length is from {self.shortest} to {self.longest}."
        if self.longest < 2:
            return "They have one element."
        return "An element is NULL." if self.missing else ""


def positions(names: Sequence[str], found: Found, column: Column) -> tuple[str, ...]:
    """Return the names of the classes: those that are stated, or their positions, counted from 1.

    Raises:
        InvalidArgument: there are more or fewer names than positions.
    """
    if names and len(names) != found.longest:
        raise InvalidArgument(
            f'encode names {counted(len(names), "class", "classes")} for column "{column.name}"',
            detail=f"Its arrays have {found.longest} positions.",
            hint="Name one class for each position, in their order.",
        )
    return tuple(names) or tuple(str(place) for place in range(1, found.longest + 1))


def place_of(label: str) -> int:
    """Return the position, counted from 0, of the 1 in the server's text of a one-hot array."""
    numbers = [float(item) for item in label.partition("{")[2].rstrip("}").split(",")]
    return numbers.index(1.0)


def by_place(counts: Mapping[str, int], places: int) -> list[int]:
    """Return the rows of each position, of the rows of each text of a one-hot array."""
    found = [0] * places
    for label, rows in counts.items():
        found[place_of(label)] += rows
    return found


def encode_hot(output: Output, labels: Sequence[Sequence[Any]]) -> np.ndarray:
    """Return the targets of arrays of 0 and 1, given as text, as ``Output`` says.

    Raises:
        DataError: an array has another length than in training, or says no class of it.
    """
    width = len(output.classes)
    for label in labels:
        if len(label) != width or any(isinstance(item, list) or item is None for item in label):
            raise _unlike(output, label)
    rows = np.array(labels, dtype=object).reshape(-1, width).astype(np.float64)
    wrong = ~np.isin(rows, (0.0, 1.0)).all(axis=1)
    task = task_of(output)
    if task.labels == "class":
        wrong |= rows.sum(axis=1) != 1
    if wrong.any():
        raise _unlike(output, labels[int(np.flatnonzero(wrong)[0])])
    return (rows.argmax(axis=1) if task.labels == "class" else rows).astype(task.dtype)


def _unlike(output: Output, label: Sequence[Any]) -> DataError:
    return DataError(
        f'column "{output.columns[0]}" holds a label that training did not see',
        detail=f"The label is {list(label)!r}.",
        hint=f"Labels are arrays of length {len(output.classes)}, of 0 and 1"
        + (", of which one is 1." if task_of(output).labels == "class" else "."),
    )


def _no_classes(column: Column, detail: str) -> DataError:
    return DataError(
        f'the arrays of 0 and 1 in column "{column.name}" do not say one class each',
        detail=detail,
        hint="A class is an array of one 1 and else 0, all equally long. Several labels a row are"
        " task := 'multilabel'. If 0 and 1 are labels themselves, cast the column to text[].",
    )
