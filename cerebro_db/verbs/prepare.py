"""cerebro_prepare: a table, view or SELECT becomes a dataset."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

import psycopg

from cerebro_db.context import Context, check_name
from cerebro_db.dataset.prepare import Prepared, prepare_selected
from cerebro_db.dataset.request.request import Request, Selected, selected
from cerebro_db.errors import InUse
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets


@dataclass(frozen=True)
class NewDataset:
    """The dataset that was made; ``features`` counts the source columns that it uses."""

    row: datasets.Dataset
    features: int
    notes: tuple[str, ...]


def prepare(context: Context, name: str | None, request: Request, *, replace: bool) -> NewDataset:
    """Make a dataset; one that replaces another belongs to the same role, and is shared as it was.

    Raises:
        DuplicateName: the dataset exists and is not to be replaced.
        InUse: runs were trained on the dataset that is to be replaced.
        CerebroError: see ``dataset.prepare``.
    """
    context.require_takers()
    context.require_writable()
    name = check_name(name, "dataset")
    with (
        context.control() as control,
        datasets.NAMED.claimed(control, name),
        selected(context.caller, request) as chosen,
    ):
        return prepare_with(context, control, name, request, chosen, replace=replace)


def prepare_with(
    context: Context,
    control: ClientSession,
    name: str,
    request: Request,
    chosen: Selected,
    *,
    replace: bool,
) -> NewDataset:
    """Make a dataset through an open control session: all of it in one transaction, or nothing.

    Its name is claimed, and its source is open.
    """
    # Before the transaction: it may have to look at the cluster, which others should not wait for.
    folds = chosen.selection.folds
    parts = 0 if folds is None else folds.count + folds.forward
    default_partitions = context.server.default_partitions(control, parts)
    with control.connection.transaction():
        old = datasets.find(control, name, context.role, "own") if replace else None
        if old is not None:
            _refuse_used(control, old)
        if not replace:
            datasets.NAMED.refuse(
                control,
                name,
                context.role,
                "Use it as the source as it is, replace it with replace := true, or drop it: "
                "cerebro_drop(name, 'dataset').",
            )
        number = datasets.next_id(control)
        prepared = prepare_selected(
            context.caller,
            request,
            chosen,
            stage=partial(context.server.stage, lambda: nullcontext(control)),
            pack=partial(context.server.pack, control, number, name),
            default_partitions=default_partitions,
            keep_keys=partial(context.server.keep_keys, control, number, name),
        )
        standing = datasets.Standing(context.role)
        if old is not None:
            standing = datasets.standing(control, old.id)
            # Only now: on some servers a deletion keeps others from writing until it is committed.
            delete_dataset(context, control, old)
        dataset = _row(number, name, request, prepared)
        choices = prepared.encoding.describe()
        datasets.create(
            control,
            dataset,
            standing=standing,
            source=request.source,
            choices=choices,
            notes=prepared.notes,
        )
        context.audit(
            control, "prepare", "dataset", name, source=request.source, rows=prepared.rows
        )
    for note in prepared.notes:
        context.notice(note)
    return NewDataset(dataset, len(prepared.encoding.features), prepared.notes)


def delete_dataset(context: Context, control: ClientSession, dataset: datasets.Dataset) -> None:
    """Delete a dataset's chunks and row.

    Raises:
        InUse: runs were trained on it.
    """
    _refuse_used(control, dataset)
    context.server.drop_chunks(control, dataset.id)
    try:
        datasets.delete(control, dataset.id)
    except psycopg.errors.ForeignKeyViolation as error:
        raise _in_use(dataset, "A run that has just begun is trained on it.") from error


def _refuse_used(control: ClientSession, dataset: datasets.Dataset) -> None:
    runs = datasets.runs_of(control, dataset.id)
    if runs:
        raise _in_use(dataset, "Trained on it: " + ", ".join(runs) + ".")


def _in_use(dataset: datasets.Dataset, detail: str) -> InUse:
    return InUse(
        f'dataset "{dataset.name}" is needed by runs',
        detail=detail,
        hint="Drop those runs first, with cerebro_drop(run).",
    )


def _row(number: int, name: str, request: Request, prepared: Prepared) -> datasets.Dataset:
    return datasets.Dataset(
        id=number,
        name=name,
        target=request.target,
        task=prepared.encoding.signature.output.task,
        rows=prepared.rows,
        validation_rows=prepared.validation_rows,
        excluded_rows=prepared.excluded_rows,
        partitions=prepared.partitions,
        bytes=prepared.bytes,
        encoding=prepared.encoding.to_json(),
        folds=0 if prepared.folds is None else prepared.folds.count,
        forward=prepared.folds is not None and prepared.folds.forward,
        key=prepared.key,
    )
