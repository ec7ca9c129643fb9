"""The label: which columns a user names, and the task."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

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


def split_encode(encode: Any, targets: Sequence[Column]) -> tuple[Any, str | None]:
    """Return what is stated about features, and the positive class if one is stated of a target.

    Raises:
        InvalidArgument: something else is stated of a target.
    """
    if not isinstance(encode, Mapping):
        return encode, None
    by_name = {column.name: column for column in targets}
    own = [name for name in encode if name in by_name or name.lower() in by_name]
    positive = None
    for name in own:
        stated = encode[name]
        label = _label(stated.get("positive")) if isinstance(stated, Mapping) else None
        if label is None or len(stated) > 1:
            raise InvalidArgument(
                f'column "{name}" is a target, of which encode states the positive class only',
                detail=f"It states {json.dumps(stated, ensure_ascii=False)[:100]}.",
                hint='Write {"positive": "label"}.',
            )
        positive = label
    return {name: encode[name] for name in encode if name not in own}, positive


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


def _label(stated: Any) -> str | None:
    """Return a label that JSON states as text, as the server writes it; None if it is none."""
    match stated:
        case str():
            return stated
        case bool() | int():
            return json.dumps(stated)
        case float():
            return str(int(stated)) if stated.is_integer() else repr(stated)
    return None
