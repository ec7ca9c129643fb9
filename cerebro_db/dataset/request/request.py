"""The request to prepare a dataset, checked against the source before any row is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from cerebro_db.dataset.columns import INTEGER_SENDS, NUMBER_SENDS, Column, Form, find, undefined
from cerebro_db.dataset.features import Dropped, kept_by
from cerebro_db.dataset.request.folds import folds_in
from cerebro_db.dataset.request.overrides import (
    Stated,
    no_encoding,
    parse_overrides,
    wanted_form,
    why_left_out,
)
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.request.target import check_task, parse_target, split_encode
from cerebro_db.dataset.request.weighing import split_weights
from cerebro_db.dataset.source.relation import Relation, opened, primary_key
from cerebro_db.dataset.source.text import parse_source, split_identifiers
from cerebro_db.errors import DataError, InvalidArgument, InvalidSource, UndefinedSource
from cerebro_db.folds import Folds
from cerebro_db.session import CallersSession
from cerebro_db.words import counted


@dataclass(frozen=True)
class Request:
    """The request to make a dataset of a source.

    Args:
        source: a table, a view, or one SELECT.
        target: a column, or several separated by commas.
        features: columns; None takes all others.
        task: binary, multiclass, regression, multilabel, classification; None infers it.
        validation: a fraction ('0.2'), '5 folds', a boolean column, or a table or SELECT of rows.
        partitions: None takes a default that the number of rows allows.
        encode: what is stated about single columns, targets too.
        weights: the column of row weights, which ``encode`` may name as well.
        seed: of the shuffle.
        key: a column that names each row; None takes the primary key of a table that has one.
        group: a column whose rows with the same value are in one fold.
        order: a column by which folds follow each other, as in time.
    """

    source: str
    target: str
    features: tuple[str, ...] | None = None
    task: str | None = None
    validation: str = "0.2"
    partitions: int | None = None
    encode: Mapping[str, Any] | None = None
    seed: int = 0
    weights: str | None = None
    key: str | None = None
    group: str | None = None
    order: str | None = None


class Selected(NamedTuple):
    """What to read, what was stated about columns, and the columns that are skipped."""

    selection: Selection
    stated: Stated
    skipped: list[Dropped]


@contextmanager
def selected(session: CallersSession, request: Request) -> Iterator[Selected]:
    """Find what to read of a source, as the caller may.

    Rows can be staged inside of the with block.

    Raises:
        CerebroError: of the kind that the argument at fault gives reason for.
    """
    _check_partitions(request.partitions)
    check_task(request.task)
    with ExitStack() as sources:
        source = sources.enter_context(opened(session, parse_source(request.source)))
        targets = parse_target(request.target, source.columns)
        validation = _validation(session, request.validation, source.columns, sources)
        folds: Folds | None = None
        if isinstance(validation, int):
            folds, validation = _folds(request, validation), 0.0
        group, order = _dealt_by(request, source.columns, targets, folds)
        encode = {} if request.encode is None else request.encode
        encode, of_target = split_encode(encode, targets)
        encode, weights = split_weights(
            encode, request.weights, source.columns, targets, validation
        )
        features = _features(
            request.features, source.columns, targets, validation, weights, (group, order)
        )
        stated = parse_overrides(encode, features)
        skipped, wanted, unsupported = [], [], []
        keys = primary_key(session, source)
        key = _row_key(request.key, keys, source.columns, targets, validation)
        for column in features:
            override = stated.of(column.name)
            if override and override.kind == "skip":
                skipped.append(Dropped(column.name, column.type, "stated in encode"))
            elif override is None and request.features is None and keys == (column.name,):
                why = "the primary key of the source"
                if column.form in ("number", "text"):
                    why = kept_by(column.name, _KEPT[column.form], why)
                skipped.append(Dropped(column.name, column.type, why))
            elif (form := wanted_form(column, override)) is not None:
                wanted.append((column, form))
            elif request.features is None:
                skipped.append(Dropped(column.name, column.type, why_left_out(column)))
            else:
                unsupported.append(column)
        if unsupported:
            raise no_encoding(unsupported)
        if not wanted:
            raise no_features(skipped)
        selection = Selection(
            source=source,
            features=tuple(wanted),
            targets=targets,
            seed=request.seed,
            validation=validation,
            named=request.features is not None,
            positive=of_target.positive,
            classes=of_target.classes,
            weights=weights,
            key=key,
            key_as_text=key is not None,
            folds=folds,
            group=group,
            order=order,
        )
        if isinstance(validation, Relation):
            _require_alike(selection, validation)
        yield Selected(selection, stated, skipped)


# What to state of a key to keep it.
_KEPT = {"number": "number", "text": "category"}


def no_features(dropped: Sequence[Dropped]) -> DataError:
    """Return the error that no column is left to learn from."""
    reasons = "; ".join(f"{column.column}: {column.why}" for column in dropped)
    return DataError(
        "no feature columns are left",
        detail=reasons + "." if reasons else "The source has no column but the target.",
        hint="Name a source with more columns, or state in encode how to encode one.",
    )


def _check_partitions(partitions: int | None) -> None:
    if partitions is not None and partitions < 1:
        raise InvalidArgument(
            "partitions must be at least 1",
            detail=f"It is {partitions}.",
            hint="Leave it out to let the number of rows decide.",
        )


def _validation(
    session: CallersSession, validation: str, columns: Sequence[Column], sources: ExitStack
) -> float | int | Column | Relation:
    """Return what is held out: a share of the rows, so many folds in turn, or what says so."""
    if validation not in {column.name for column in columns}:
        count = folds_in(validation)
        if count is not None:
            return count
    try:
        fraction = float(validation)
    except ValueError:
        pass
    else:
        if 0 <= fraction < 1:
            return fraction
        raise InvalidArgument(
            "the validation fraction must be at least 0 and less than 1",
            detail=f"It is {validation}.",
            hint="'0.2' holds out a fifth of the rows, '5 folds' each fifth in turn.",
        )
    names = split_identifiers(validation) or [validation]
    by_name = {column.name: column for column in columns}
    column = by_name.get(validation) or (by_name.get(names[0]) if len(names) == 1 else None)
    if column is None:
        try:
            return sources.enter_context(opened(session, parse_source(validation, "validation")))
        except (InvalidSource, UndefinedSource) as error:
            if isinstance(error, InvalidSource) and len(validation.split()) > 1:
                raise
            raise InvalidArgument(
                f'validation "{validation}" is neither a fraction, folds, a column nor a source',
                detail="The source has the columns " + ", ".join(by_name) + ".",
                hint=error.hint,
            ) from error
    if column.form != "boolean":
        raise InvalidArgument(
            f'validation column "{column.name}" must be boolean',
            detail=f"Its type is {column.type}.",
            hint="Rows where it is true are held out.",
        )
    return column


def _folds(request: Request, count: int) -> Folds:
    """Return the folds that are asked for; of no partition yet where nobody says how many.

    Raises:
        InvalidArgument: there are fewer partitions than it takes.
    """
    forward = request.order is not None
    least = count + forward
    if request.partitions is not None and request.partitions < least:
        raise InvalidArgument(
            f"{counted(count, 'fold')} take at least {counted(least, 'partition')}",
            detail=f"partitions is {request.partitions}."
            + (" Forward in time, one more is only trained on." if forward else ""),
            hint="Leave partitions out, or ask for fewer folds.",
        )
    return Folds(request.partitions or 0, count, forward)


def _dealt_by(
    request: Request, columns: Sequence[Column], targets: Sequence[Column], folds: Folds | None
) -> tuple[Column | None, Column | None]:
    """Return the columns of group and order.

    Raises:
        InvalidArgument: there are no folds, both are stated, or a column does not suit.
    """
    found: list[Column | None] = []
    for what, name in (("group", request.group), ("order", request.order)):
        if name is None:
            found.append(None)
            continue
        if folds is None:
            raise InvalidArgument(
                f'"{what}" goes with folds',
                detail=f'validation is "{request.validation}".',
                hint="Write validation := '5 folds', or leave it out.",
            )
        column = find(name, columns, what=f"{what} column")
        suits = column.offers("text") or column.form in ("number", "datetime")
        if column in targets or not suits:
            raise InvalidArgument(
                f'rows cannot have column "{column.name}" as their {what}',
                detail="It is the target."
                if column in targets
                else f"Its type is {column.type}, which cannot be compared.",
                hint="Name another column, or cast it in a SELECT that is the source.",
            )
        found.append(column)
    group, order = found
    if group is not None and order is not None:
        raise InvalidArgument(
            "rows are dealt to folds by group or by order, not both",
            detail=f'group is "{group.name}", order is "{order.name}".',
            hint="Leave one of them out.",
        )
    return group, order


def _row_key(
    name: str | None,
    primary: Sequence[str],
    columns: Sequence[Column],
    targets: Sequence[Column],
    validation: float | Column | Relation,
) -> Column | None:
    """Return the column that names each row, if there is one.

    Raises:
        UndefinedColumn, InvalidArgument: the one that is stated is not there, or does not suit.
    """
    if name is None and len(primary) != 1:
        return None
    column = find(primary[0] if name is None else name, columns, what="key column")
    other = column
    if isinstance(validation, Relation):
        # Rows of their own need the key as well.
        named = {own.name: own for own in validation.columns}
        if name is None and column.name not in named:
            return None
        other = find(column.name, validation.columns, what="key column", where="in validation")
    if all(_names_rows(one) for one in (column, other)) and column not in targets:
        return column
    if name is None:
        return None
    raise InvalidArgument(
        f'column "{column.name}" cannot be the key of rows',
        detail="It is the target." if column in targets else f"Its type is {column.type}.",
        hint="Name a column of numbers, texts, times or UUIDs.",
    )


def _names_rows(column: Column) -> bool:
    return column.form in ("number", "text", "datetime")


def _features(
    names: tuple[str, ...] | None,
    columns: Sequence[Column],
    targets: Sequence[Column],
    validation: float | Column | Relation,
    weights: Column | None,
    dealt_by: Sequence[Column | None],
) -> list[Column]:
    if names is None:
        others = (*targets, validation, weights, *dealt_by)
        return [column for column in columns if column not in others]
    features = list(dict.fromkeys(find(name, columns, what="feature column") for name in names))
    for column in features:
        if column in targets or column in (validation, weights):
            what = "target" if column in targets else "validation"
            what = "weights" if column == weights else what
            raise InvalidArgument(
                f'column "{column.name}" cannot be a feature',
                detail=f"It is the {what} column.",
                hint="Leave it out of features.",
            )
    return features


def _require_alike(selection: Selection, validation: Relation) -> None:
    """Check that validation rows of their own have the columns that the source's rows have."""
    found = {column.name: column for column in validation.columns}
    # Integer labels may be classes, which are compared as text.
    targets = [
        (column, "text" if column.labels("text") else column.form) for column in selection.targets
    ]
    for column, form in (*selection.read, *targets):
        other = found.get(column.name)
        if other is None:
            raise undefined(column.name, found, what="validation column")
        if not _alike(column, form, other):
            raise InvalidArgument(
                f'column "{column.name}" differs in type between source and validation',
                detail=f"It is {column.type} in the source and {other.type} in validation.",
                hint="Cast it in a SELECT that is the validation.",
            )


def _alike(column: Column, form: Form | None, other: Column) -> bool:
    """Return whether two columns can be united and then read in this form."""
    if form == "number" and column.send in NUMBER_SENDS:
        return other.send in NUMBER_SENDS
    if column.send in INTEGER_SENDS:
        return other.send in INTEGER_SENDS
    if column.send == "enum_send":
        return other.type == column.type
    return (other.send, other.element) == (column.send, column.element)
