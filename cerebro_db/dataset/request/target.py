"""The label: which columns a user names, and the task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from cerebro_db.dataset.columns import Column, find
from cerebro_db.dataset.source.text import split_identifiers
from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model.signature import Task


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
