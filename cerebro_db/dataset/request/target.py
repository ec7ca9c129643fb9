"""The label: which columns a user names, and the task."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cerebro_db.dataset.columns import Column, find
from cerebro_db.dataset.source.text import split_identifiers
from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model.tasks import TASKS
from cerebro_db.model.values import shown

CLASSIFICATION = "classification"
"""What may be stated for a task: the one for so many classes as there are."""


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


@dataclass(frozen=True)
class OfTarget:
    """What ``encode`` states of the target.

    Args:
        positive: the label that is to be the positive class; None leaves it to the labels' order.
        classes: what the positions of arrays of 0 and 1 are called; () leaves them their numbers.
    """

    positive: str | None = None
    classes: tuple[str, ...] = ()


def split_encode(encode: Any, targets: Sequence[Column]) -> tuple[Any, OfTarget]:
    """Return what is stated about features, and what of a target.

    Of a target of two classes that is the positive one, {"positive": "fraud"}; of one of arrays of
    0 and 1 the classes, {"as": "onehot", "names": ["cat", "dog"]}.

    Raises:
        InvalidArgument: something else is stated of a target.
    """
    if not isinstance(encode, Mapping):
        return encode, OfTarget()
    by_name = {column.name: column for column in targets}
    own = [name for name in encode if name in by_name or name.lower() in by_name]
    found = OfTarget()
    for name in own:
        column = by_name.get(name) or by_name[name.lower()]
        found = (_classes if column.hot else _positive)(name, encode[name])
    return {name: encode[name] for name in encode if name not in own}, found


def _positive(name: str, stated: Any) -> OfTarget:
    label = _label(stated.get("positive")) if isinstance(stated, Mapping) else None
    if label is None or len(stated) > 1:
        raise InvalidArgument(
            f'column "{name}" is a target, of which encode states the positive class only',
            detail=f"It states {shown(stated)}.",
            hint='Write {"positive": "label"}.',
        )
    return OfTarget(positive=label)


def _classes(name: str, stated: Any) -> OfTarget:
    names = stated.get("names") if isinstance(stated, Mapping) else None
    if (
        not isinstance(stated, Mapping)
        or stated.keys() != {"as", "names"}
        or stated["as"] != "onehot"
        or not isinstance(names, list | tuple)
        or not all(isinstance(one, str) and one for one in names)
        or len(set(names)) != len(names)
        or len(names) < 2
    ):
        raise InvalidArgument(
            f'encode for the target "{name}" must name the classes of its positions',
            detail=f"It is {shown(stated)}.",
            hint='Write {"as": "onehot", "names": ["first", "second"]}, all of them different. Of'
            " two classes the second one is positive.",
        )
    return OfTarget(classes=tuple(names))


def check_task(task: str | None) -> None:
    """Refuse the name of no task.

    Raises:
        InvalidArgument: it is neither a task nor CLASSIFICATION.
    """
    valid = (*TASKS, CLASSIFICATION)
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
