"""The label: which columns a user names, and label values as the targets of training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast, get_args

import numpy as np

from cerebro_db.dataset.columns import Column, Columns, Form, find
from cerebro_db.dataset.features._scalars import not_finite
from cerebro_db.dataset.source import split_identifiers
from cerebro_db.errors import DataError, InvalidArgument, nearest
from cerebro_db.model.signature import Output, Task


def parse_target(target: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns that a target names: one column, or several separated by commas.

    Raises:
        UndefinedColumn: there is no such column.
        InvalidArgument: several were named, and one is no number.
    """
    names = [target]
    if target not in {column.name for column in columns}:
        names = split_identifiers(target) or [target]
    found = tuple(find(name, columns, what="target column") for name in dict.fromkeys(names))
    for column in found if len(found) > 1 else ():
        if column.form != "number":
            raise InvalidArgument(
                "several target columns must be numbers",
                detail=f'Column "{column.name}" is {column.type}.',
                hint="Name one column; several labels for a row can be one array of text.",
            )
    return found


def check_task(task: str | None) -> None:
    """Refuse the name of no task.

    Raises:
        InvalidArgument: it is neither a task nor "classification".
    """
    valid = (*get_args(Task), "classification")
    if task is not None and task not in valid:
        raise InvalidArgument(
            f'unknown task "{task}"',
            detail="The tasks are " + ", ".join(valid) + ".",
            hint=nearest(task, valid),
        )


def label_form(task: Task) -> Form:
    """Return the canonical form in which the targets of a task are read."""
    if task == "regression":
        return "number"
    return "labels" if task == "multilabel" else "text"


def encode_targets(output: Output, columns: Columns) -> np.ndarray:
    """Return the targets of canonical label values, as ``Output`` says.

    Raises:
        DataError: a label is none of the classes that were trained, or is not finite.
    """
    if output.task == "regression":
        values = np.array([columns[name] for name in output.columns]).T
        if not np.isfinite(values).all():
            column = int(np.flatnonzero(~np.isfinite(values).all(axis=0))[0])
            rows = int((~np.isfinite(values[:, column])).sum())
            raise not_finite(output.columns[column], rows)
        return ((values - output.means) / output.scales).astype(np.float32)
    positions = {label: position for position, label in enumerate(output.classes)}
    labels = cast(list[Any], columns[output.columns[0]])
    try:
        if output.task == "multilabel":
            encoded = np.zeros((len(labels), output.units), np.float32)
            for row, present in zip(encoded, labels, strict=True):
                row[[positions[label] for label in present]] = 1.0
            return encoded
        codes = np.fromiter((positions[label] for label in labels), np.int32, len(labels))
    except KeyError as error:
        raise DataError(
            f'column "{output.columns[0]}" holds a label that training did not see',
            detail=f"The label is {error.args[0]!r}.",
            hint="The labels are: " + ", ".join(output.classes[:20]) + ".",
        ) from None
    return codes.astype(np.float32) if output.task == "binary" else codes
