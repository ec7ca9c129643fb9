"""The label: which columns, which task, which classes; and labels as the targets of training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast, get_args

import numpy as np
from psycopg import sql

from cerebro_db.dataset.columns import (
    FLOAT_FORMS,
    INTEGER_SENDS,
    Column,
    Columns,
    Form,
    find,
)
from cerebro_db.dataset.features.numbers import not_finite
from cerebro_db.dataset.source import split_identifiers
from cerebro_db.dataset.staging import Staged
from cerebro_db.errors import (
    DataError,
    InvalidArgument,
    LimitExceeded,
    UnsupportedType,
    nearest,
)
from cerebro_db.model.signature import Output, Task

MAX_CLASSES = 10_000
# An integer with at most so many values, and ten rows for each, is a class and not a quantity.
_FEW_VALUES = 20


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


def learn_output(staged: Staged, task: str | None) -> tuple[Output, str]:
    """Return what is predicted from the staged targets, and why it is this task.

    Raises:
        InvalidArgument: the stated task does not fit the columns' types.
        UnsupportedType: the column's type cannot be predicted.
        DataError: the labels are constant, all different, or not finite.
    """
    targets = staged.plan.targets
    first = targets[0]
    stated = "stated" if task else ""
    if first.offers("labels"):
        _require(task, first, {"multilabel"})
        return _multilabel(staged, first), stated or f'"{first.name}" is an array of labels'
    if first.form is None or not (first.offers("text") or first.form in ("number", "boolean")):
        raise UnsupportedType(
            f'column "{first.name}" cannot be predicted',
            detail=f"Its type is {first.type}.",
            hint="Cast it to text or to a number in a SELECT that is the source.",
        )
    for column in targets:
        if column.form == "number" and column.send not in INTEGER_SENDS:
            _require_finite(staged, column)
    if len(targets) > 1:
        _require(task, first, {"regression"})
        return _regression(staged), stated or f"{len(targets)} target columns"
    classification = {"binary", "multiclass", "classification"}
    _require(
        task, first, classification | {"regression"} if first.form == "number" else classification
    )
    distinct = _distinct(staged, first)
    inferred, why = _infer(first, distinct, staged.rows)
    if task == "classification":
        inferred = "binary" if distinct == 2 else "multiclass"
    elif task is not None:
        inferred = cast(Task, task)
    if inferred == "regression":
        return _regression(staged), stated or why
    return _classification(staged, first, inferred, distinct), stated or why


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


def _require(task: str | None, column: Column, possible: set[str]) -> None:
    if task is not None and task not in possible:
        raise InvalidArgument(
            f'task "{task}" does not fit the target',
            detail=f'Column "{column.name}" is {column.type}.',
            hint="Possible: " + ", ".join(sorted(possible)) + ".",
        )


def _infer(column: Column, distinct: int, rows: int) -> tuple[Task, str]:
    why = f'"{column.name}" is {column.type} with {distinct} distinct values'
    if distinct == 2 or column.form == "boolean":
        return "binary", why
    if column.form == "text":
        return "multiclass", why
    few = column.send in INTEGER_SENDS and distinct <= min(_FEW_VALUES, rows / 10)
    return ("multiclass" if few else "regression"), why


def _classification(staged: Staged, column: Column, task: Task, distinct: int) -> Output:
    if distinct == staged.rows > 1:
        raise DataError(
            f'every row has a label of its own in column "{column.name}"',
            detail=f"{distinct} distinct values in {staged.rows} rows: it looks like an id.",
            hint="Name another target, or task => 'regression' for a number.",
        )
    if distinct > MAX_CLASSES:
        raise LimitExceeded(
            f'column "{column.name}" has too many classes',
            detail=f"It has {distinct} distinct values; the limit is {MAX_CLASSES}.",
            hint="Group rare labels in a SELECT that is the source.",
        )
    counts = {
        row["label"]: row["training"]
        for row in _fetch(
            staged,
            "select {label} as label, count(*) filter (where position >= $2) as training",
            "group by 1",
            label=staged.text_of(column),
        )
    }
    trained = [label for label, training in counts.items() if training]
    if len(trained) < 2:
        raise _constant(column, f"All training rows have {trained[0]!r}.")
    if task == "binary" and distinct != 2:
        raise DataError(
            "a binary task needs two classes",
            detail=f'Column "{column.name}" has {distinct} distinct values.',
            hint="Use task => 'multiclass', or compare the column in a SELECT that is the source.",
        )
    classes = _ordered(column, counts)
    return Output(
        task=task,
        columns=(column.name,),
        units=1 if task == "binary" else len(classes),
        classes=classes,
        counts=tuple(counts[label] for label in classes),
    )


def _multilabel(staged: Staged, column: Column) -> Output:
    counts = {
        row["label"]: row["training"]
        for row in _fetch(
            staged,
            "select label::text as label,"
            " count(distinct case when position >= $2 then position end) as training",
            "and label is not null group by 1",
            source=sql.SQL("{}, unnest({}) as label").format(
                sql.SQL(staged.table), staged.raw(column)
            ),
        )
    }
    if not counts:
        raise _constant(column, "No row has any label.")
    classes = _ordered(column, counts)
    return Output(
        task="multilabel",
        columns=(column.name,),
        units=len(classes),
        classes=classes,
        counts=tuple(counts[label] for label in classes),
    )


def _regression(staged: Staged) -> Output:
    means, scales = [], []
    for column in staged.plan.targets:
        value = sql.SQL("{}::float8").format(staged.raw(column))
        training = "and position >= $2"
        moments = "select avg({value}) as mean, min({value}) as low, max({value}) as high"
        row = _fetch(staged, moments, training, value=value)[0]
        if row["low"] == row["high"]:
            raise _constant(column, f"All training rows have {row['low']:g}.")
        # A second pass: old servers compute deviations from sums of squares, which cancel.
        deviation = "select sqrt(avg(power({value} - {mean}, 2))) as scale"
        mean = sql.Literal(row["mean"])
        scale = _fetch(staged, deviation, training, value=value, mean=mean)[0]["scale"]
        means.append(row["mean"])
        scales.append(scale)
    return Output(
        task="regression",
        columns=tuple(column.name for column in staged.plan.targets),
        units=len(means),
        means=tuple(means),
        scales=tuple(scales),
    )


def _require_finite(staged: Staged, column: Column) -> None:
    rows = _fetch(
        staged,
        "select count(*) as rows",
        "and {value}::float8 in ('NaN', 'Infinity', '-Infinity')",
        value=staged.raw(column),
    )[0]["rows"]
    if rows:
        raise not_finite(column.name, rows)


def _distinct(staged: Staged, column: Column) -> int:
    label = staged.text_of(column)
    select = 'select count(distinct {label} collate "C") as distinct_values'
    return _fetch(staged, select, label=label)[0]["distinct_values"]


def _constant(column: Column, detail: str) -> DataError:
    return DataError(
        f'the label in column "{column.name}" is constant',
        detail=detail,
        hint="There is nothing to learn: name another target, or rows with different labels.",
    )


def _ordered(column: Column, labels: Sequence[str] | dict[str, int]) -> tuple[str, ...]:
    """Return the labels by number if they are numbers, else by code point."""
    if column.form in FLOAT_FORMS - {"boolean"} or column.element in INTEGER_SENDS:
        return tuple(sorted(labels, key=lambda label: (float(label), label)))
    return tuple(sorted(labels))


def _fetch(
    staged: Staged,
    select: str,
    rest: str = "",
    *,
    source: sql.Composable | None = None,
    **names: sql.Composable,
) -> list[dict[str, Any]]:
    """Query the labelled rows; $2 is the first training row's position."""
    statement = sql.SQL("{} from {} where position < $1 {}").format(
        sql.SQL(select).format(**names),
        source or sql.SQL(staged.table),
        sql.SQL(rest).format(**names),
    )
    return staged.session.fetch(statement.as_string(None), staged.rows, staged.validation_rows)
