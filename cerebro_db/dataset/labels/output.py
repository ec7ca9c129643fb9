"""The output: the task, the classes or the scale of the labels, learned of staged rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from cerebro_db.dataset.columns import INTEGER_SENDS, TEXT_SENDS, Column
from cerebro_db.dataset.features._scalars import not_finite
from cerebro_db.dataset.labels import hot
from cerebro_db.dataset.labels.shares import held_out
from cerebro_db.dataset.request.target import CLASSIFICATION
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.dataset.values.expressions import text_value
from cerebro_db.dataset.values.float32 import not_standardised
from cerebro_db.errors import MAX_NAMES, DataError, InvalidArgument, LimitExceeded, UnsupportedType
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import TASKS, LabelKind, Task, inferred, of_labels
from cerebro_db.words import counted

MAX_CLASSES = 10_000
# What stands for whether something is so, and is no label of its own.
_FLAGS = frozenset({"0", "1", "f", "t", "false", "true"})
# Squares of numbers beyond have no place in float64.
_MOST = 1e150
# An integer with at most so many values, and ten rows for each, is a class and not a quantity.
_FEW_VALUES = 20


def learn_output(staged: StagedRows, task: str | None) -> tuple[Output, str]:
    """Return what is predicted from the staged targets, and why it is this task.

    If a fraction of the rows is held out, and the labels are classes, it is one of each class.

    Raises:
        InvalidArgument: the stated task does not fit the columns' types.
        UnsupportedType: the column's type cannot be predicted.
        DataError: the labels are constant, all different, or not finite.
    """
    targets = staged.selection.targets
    first = targets[0]
    stated = "stated" if task else ""
    if first.hot:
        output = _hot(staged, first, task)
        if output is not None:
            return output, stated or f'"{first.name}" holds arrays of 0 and 1'
    if first.offers("labels"):
        output = _sets(staged, first, _suited(task, first, "set") or inferred("set", 0))
        return output, stated or f'"{first.name}" is an array of labels'
    if not first.labels("text"):
        raise UnsupportedType(
            f'column "{first.name}" cannot be predicted',
            detail=f"Its type is {first.type}.",
            hint="Cast it to text or to a number in a SELECT that is the source.",
        )
    _require_finite(staged)
    if len(targets) > 1:
        output = _numbers(staged, _suited(task, first, "numbers") or inferred("numbers", 0))
        return output, stated or counted(len(targets), "target column")
    kinds: tuple[LabelKind, ...] = ("class", "numbers") if first.form == "number" else ("class",)
    suited = _suited(task, first, *kinds)
    labels = _labels(staged)
    distinct = labels.distinct
    why = f'"{first.name}" is {first.type} with {counted(distinct, "distinct value")}'
    if suited is None:
        kind = "class" if task == CLASSIFICATION else _kind(first, distinct, staged.rows)
        suited = inferred(kind, distinct)
    if suited.labels == "numbers":
        return _numbers(staged, suited), stated or why
    return _classes(staged, first, suited, labels), stated or why


@dataclass(frozen=True)
class _Labels:
    """How many different labels there are, and the rows of each, and those of them for training: of
    no more labels than may be classes.
    """

    distinct: int
    rows: dict[str, int]
    training: dict[str, int]


def _labels(staged: StagedRows) -> _Labels:
    found = fetch_labels(
        staged,
        "select {text} as label, count(*) as rows,"
        " count(*) filter (where position >= $2) as training,"
        ' count(*) over () as "distinct"',
        "group by 1 limit {most}",
        most=sql.Literal(MAX_CLASSES),
    )
    return _Labels(
        found[0]["distinct"],
        {row["label"]: row["rows"] for row in found},
        {row["label"]: row["training"] for row in found},
    )


def _suited(task: str | None, column: Column, *kinds: LabelKind) -> Task | None:
    """Return the stated task, which has to be for labels of one of some kinds; None if it is to be
    inferred."""
    possible = [one.name for one in of_labels(kinds)]
    if "class" in kinds:
        possible.append(CLASSIFICATION)
    if task is not None and task not in possible:
        raise InvalidArgument(
            f'task "{task}" does not fit the target',
            detail=f'Column "{column.name}" is {column.type}.',
            hint="Possible: " + ", ".join(sorted(possible)) + ".",
        )
    return TASKS.get(task or "")


def _kind(column: Column, distinct: int, rows: int) -> LabelKind:
    """Return what the values of a column that may be classes or numbers are."""
    if distinct == 2 or column.form in ("boolean", "text"):
        return "class"
    few = column.send in INTEGER_SENDS and distinct <= min(_FEW_VALUES, rows / 10)
    return "class" if few else "numbers"


def _classes(staged: StagedRows, column: Column, task: Task, labels: _Labels) -> Output:
    distinct = labels.distinct
    if distinct == staged.rows > 1:
        raise DataError(
            f'every row has a label of its own in column "{column.name}"',
            detail=f"{counted(distinct, 'distinct value')} in {counted(staged.rows, 'row')}: it "
            "looks like an id.",
            hint="Name another target, or task := 'regression' for a number.",
        )
    if distinct > MAX_CLASSES:
        raise _too_many(column, distinct)
    if distinct < 2:
        raise _constant(column, f"All rows have {next(iter(labels.rows))!r}.")
    if not isinstance(staged.selection.validation, float):
        _require_trained(column, labels.training)
    if unfit := task.unfit(distinct):
        raise DataError(
            unfit,
            detail=f'Column "{column.name}" has {counted(distinct, "distinct value")}.',
            hint="Use task := 'multiclass', or compare the column in a SELECT that is the source.",
        )
    counts = _split(staged, labels)
    classes = _ordered(column, counts)
    return Output(
        task=task.name,
        columns=(column.name,),
        units=task.units(len(classes)),
        classes=classes,
        counts=tuple(counts[label] for label in classes),
    )


def _hot(staged: StagedRows, column: Column, stated: str | None) -> Output | None:
    """Return what arrays of 0 and 1 say, by position; None if they are sets of integer labels."""
    _suited(stated, column, "class", "set")
    query = sql.SQL(hot.FOUND).format(labels=staged.labels()).as_string(None)
    found = hot.Found(**staged.session.fetch(query, staged.rows)[0])
    task = found.task(column, stated)
    if task is None:
        if staged.selection.classes:
            raise InvalidArgument(
                f'encode names classes for column "{column.name}", which are its values',
                detail=f"Its type is {column.type}, and it holds other numbers than 0 and 1.",
                hint="Leave the target out of encode.",
            )
        return None
    if found.longest > MAX_CLASSES:
        raise _too_many(column, found.longest)
    classes = hot.positions(staged.selection.classes, found, column)
    if task.labels == "set":
        counts = [
            row["training"]
            for row in fetch_labels(
                staged,
                "select place, sum(case when position >= $2 then item else 0 end)::bigint as"
                " training",
                "group by place order by place",
                beside=", unnest(value::float8[]) with ordinality as items (item, place)",
            )
        ]
    else:
        labels = _labels(staged)
        if sum(rows > 0 for rows in hot.by_place(labels.rows, len(classes))) < 2:
            raise _constant(column, f"All rows have {next(iter(labels.rows))}.")
        counts = hot.by_place(_split(staged, labels), len(classes))
    if not isinstance(staged.selection.validation, float):
        _require_trained(column, dict(zip(classes, counts, strict=True)))
    return Output(
        task=task.name,
        columns=(column.name,),
        units=task.units(len(classes)),
        classes=classes,
        counts=tuple(counts),
        hot=True,
    )


def _split(staged: StagedRows, labels: _Labels) -> dict[str, int]:
    """Return the training rows of each class, after holding out the same share of each."""
    fraction = staged.selection.validation
    if not isinstance(fraction, float) or not staged.validation_rows:
        return labels.training
    held = held_out(labels.rows, fraction)
    staged.hold_out(held)
    return {label: rows - held[label] for label, rows in labels.rows.items()}


def _require_trained(column: Column, training: Mapping[str, int]) -> None:
    """Refuse a split that the source states, and that leaves a class without a training row."""
    missing = sorted(label for label, trained in training.items() if not trained)
    if missing:
        named = ", ".join(map(repr, missing[:MAX_NAMES])) + ", ..." * (len(missing) > MAX_NAMES)
        raise DataError(
            f'column "{column.name}" has classes without a training row: {named}',
            detail="They occur in validation rows only, so they cannot be learned.",
            hint="Split so that there are training rows of each class; a fraction does so itself,"
            " as in validation := '0.2'.",
        )


def _sets(staged: StagedRows, column: Column, task: Task) -> Output:
    counts = {
        row["label"]: row["training"]
        for row in fetch_labels(
            staged,
            "select label, count(distinct case when position >= $2 then position end) as training",
            "and label is not null group by 1",
            beside=", unnest(value::text[]) as label",
        )
    }
    if not counts:
        raise _constant(column, "No row has any label.")
    if column.element in TEXT_SENDS and {label.lower() for label in counts} <= _FLAGS:
        raise DataError(
            f'the labels in column "{column.name}" are {" and ".join(sorted(counts))}',
            detail=f"Its type is {column.type}: an array holds the labels of a row by their names.",
            hint="If its positions are classes, cast the column to int[] or boolean[].",
        )
    if not isinstance(staged.selection.validation, float):
        _require_trained(column, counts)
    classes = _ordered(column, counts)
    return Output(
        task=task.name,
        columns=(column.name,),
        units=task.units(len(classes)),
        classes=classes,
        counts=tuple(counts[label] for label in classes),
    )


def _numbers(staged: StagedRows, task: Task) -> Output:
    targets = staged.selection.targets
    moments = fetch_labels(
        staged,
        # Where a label is too large, a plain average fails and names no column.
        "select number, avg(case when abs({number}) < {most} then {number} end) as mean,"
        " min({number}) as low, max({number}) as high",
        "and position >= $2 group by number order by number",
        most=sql.Literal(_MOST),
    )
    for column, row in zip(targets, moments, strict=True):
        if max(abs(row["low"]), abs(row["high"])) >= _MOST:
            raise not_standardised(column.name, row["low"], row["high"])
        if row["low"] == row["high"]:
            raise _constant(column, f"All training rows have {row['low']:g}.")
    # A second pass: old servers compute deviations from sums of squares, which cancel.
    means = [float(row["mean"]) for row in moments]
    deviations = fetch_labels(
        staged,
        "select number, sqrt(avg(power({number} - ({means}::float8[])[number + 1], 2))) as scale",
        "and position >= $2 group by number order by number",
        means=sql.Literal(means),
    )
    return Output(
        task=task.name,
        columns=tuple(column.name for column in targets),
        units=task.units(len(means)),
        means=tuple(means),
        scales=tuple(float(row["scale"]) for row in deviations),
        lows=tuple(float(row["low"]) for row in moments),
        highs=tuple(float(row["high"]) for row in moments),
    )


def _require_finite(staged: StagedRows) -> None:
    """Refuse numbers that are not finite; labels that are integers, texts or arrays hold none."""
    targets = staged.selection.targets
    if not any(column.fractional for column in targets):
        return
    found = fetch_labels(
        staged,
        "select number, count(*) as rows",
        "and {number} in ('NaN', 'Infinity', '-Infinity') group by number order by number limit 1",
    )
    for row in found:
        raise not_finite(targets[row["number"]].name, row["rows"])


def _too_many(column: Column, classes: int) -> LimitExceeded:
    return LimitExceeded(
        f'column "{column.name}" has too many classes',
        detail=f"It has {counted(classes, 'class', 'classes')}; the limit is {MAX_CLASSES:,}.",
        hint="Group rare labels in a SELECT that is the source.",
    )


def _constant(column: Column, detail: str) -> DataError:
    return DataError(
        f'the label in column "{column.name}" is constant',
        detail=detail,
        hint="There is nothing to learn: name another target, or rows with different labels.",
    )


def _ordered(column: Column, labels: Iterable[str]) -> tuple[str, ...]:
    """Return the labels by number if they are numbers, else by code point."""
    if column.form == "number" or column.element in INTEGER_SENDS:
        return tuple(sorted(labels, key=lambda label: (float(label), label)))
    return tuple(sorted(labels))


def fetch_labels(
    staged: StagedRows, select: str, rest: str = "", *, beside: str = "", **names: sql.Composable
) -> list[dict[str, Any]]:
    """Query the labelled rows; $2 is the first training row's position."""
    value = sql.SQL("value")
    names |= {"text": text_value(value), "number": sql.SQL("value::float8")}
    statement = sql.SQL("{} from {}{} where position < $1 {}").format(
        sql.SQL(select).format(**names),
        staged.labels(),
        sql.SQL(beside),
        sql.SQL(rest).format(**names),
    )
    return staged.session.fetch(statement.as_string(None), staged.rows, staged.validation_rows)
