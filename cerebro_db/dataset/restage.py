"""Stages rows of another source for an encoding that exists: for evaluation and bulk prediction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cerebro_db.dataset.columns import Column, Form, find, undefined
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.plan import Plan
from cerebro_db.dataset.source import describe, parse_source
from cerebro_db.dataset.staged import Staged
from cerebro_db.errors import InvalidArgument
from cerebro_db.session import Session

StagedRows = TypeVar("StagedRows", bound=Staged)


def stage_for(
    session: Session,
    encoding: Encoding,
    source: str,
    *,
    stage: Callable[[Session, Plan], StagedRows],
    key: str | None = None,
    labels: bool = False,
) -> StagedRows:
    """Stage the rows of a source, unshuffled where they have an order of their own.

    ``Staged.reading`` then gives what ``Encoding.encode`` takes, and ``Encoding.encode_target`` if
    ``labels``; rows with a NULL label are then excluded.

    Args:
        stage: stages the rows of a plan.
        key: a column to keep in its own type, as column ``key`` of the staged table.

    Raises:
        UndefinedColumn: the source lacks a column that is needed.
        InvalidArgument: a column has another type than in training.
    """
    parsed = parse_source(source)
    columns = describe(session, parsed)

    by_name = {column.name: column for column in columns}

    def needed(name: str, form: Form, suits: Callable[[Column, Form], bool]) -> Column:
        if name not in by_name:
            raise undefined(name, by_name)
        column = by_name[name]
        if not suits(column, form):
            raise InvalidArgument(
                f'column "{name}" has another type than in training',
                detail=f"It is {column.type}; training took it as {form}.",
                hint="Cast it in a SELECT that is the source.",
            )
        return column

    label_form = encoding.label_form if labels else None
    targets = encoding.output.columns if label_form else ()
    plan = Plan(
        source=parsed,
        features=tuple(
            (needed(name, form, Column.offers), form) for name, form in encoding.forms.items()
        ),
        targets=tuple(needed(name, label_form, Column.labels) for name in targets if label_form),
        key=find(key, columns, what="key column") if key is not None else None,
    )
    staged = stage(session, plan)
    staged.label_form = label_form
    return staged
