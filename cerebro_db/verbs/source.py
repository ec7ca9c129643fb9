"""The dataset that a run trains on: one that is there, or one that is prepared for the run."""

from __future__ import annotations

from contextlib import ExitStack

from cerebro_db.context import Context
from cerebro_db.dataset.request.request import Request, Selected, selected
from cerebro_db.driving.options import Options
from cerebro_db.driving.rows import require_chunks
from cerebro_db.errors import InvalidArgument, NotPermitted, UndefinedSource
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets
from cerebro_db.verbs.prepare import prepare_with
from cerebro_db.verbs.request import Fit
from cerebro_db.words import counted


def source_of(
    context: Context, control: ClientSession, request: Fit, sources: ExitStack
) -> datasets.Dataset | Selected:
    """Return the dataset that the source names, or what to read to prepare one.

    Args:
        sources: keeps what is to be read open.

    Raises:
        UndefinedSource: it names none, and there is no target to prepare one for.
        DataError: a backup has left out its rows.
        InvalidArgument: options for preparing a dataset that is prepared already.
        CerebroError: see ``dataset.selected``.
    """
    if request.target is None:
        found = datasets.find(control, request.source, context.role, "use")
        if found is None:
            raise UndefinedSource(
                f'dataset "{request.source}" does not exist, and there is no target to prepare it',
                detail="Without a target, source must be the name of a prepared dataset.",
                hint="Add target := 'column to predict' to train on a table, view or SELECT.",
            )
        return _chosen(context, control, found, request)
    # With a target, a table comes first: a dataset of its name may hold rows of another day.
    try:
        return sources.enter_context(selected(context.caller, _rows(request)))
    except UndefinedSource:
        found = _own(context, control, request.source)
        if found is None:
            raise
        if found.target != request.target:
            raise InvalidArgument(
                f'dataset "{found.name}" was prepared for another target',
                detail=f'Its target is "{found.target}", not "{request.target}".',
                hint="Leave target out, or name a table, view or SELECT.",
            ) from None
        return _chosen(context, control, found, request)


def _chosen(
    context: Context, control: ClientSession, dataset: datasets.Dataset, request: Fit
) -> datasets.Dataset:
    _refuse_preparing(request.options, dataset.name)
    require_chunks(context, control, dataset.id, dataset.name)
    context.notice(
        f"{request.run}: trains on dataset {dataset.name}, prepared on {dataset.created}"
    )
    return dataset


def _own(context: Context, control: ClientSession, name: str) -> datasets.Dataset | None:
    """Return the dataset of that name, or None if there is none that the role may use."""
    try:
        return datasets.find(control, name, context.role, "use")
    except NotPermitted:
        return None


def prepared_dataset(
    context: Context, control: ClientSession, request: Fit, chosen: Selected
) -> datasets.Dataset:
    """Prepare the source, of which is known what to read, under the run's name."""
    made = prepare_with(context, control, request.run, _rows(request), chosen, replace=False).row
    context.notice(
        f"{request.run}: prepared {counted(made.rows, 'row')} for training and "
        f"{made.validation_rows:,} for validation in {counted(made.partitions, 'partition')}"
    )
    return made


def _rows(request: Fit) -> Request:
    assert request.target is not None
    options = request.options
    return Request(
        source=request.source,
        target=request.target,
        features=options.features,
        task=options.task,
        validation=options.validation,
        partitions=options.partitions,
        encode=options.encode,
        seed=request.seed,
        weights=options.weights,
        key=options.key,
        group=options.group,
        order=options.order,
    )


def _refuse_preparing(options: Options, dataset: str) -> None:
    given = [name for name in Options.PREPARING if getattr(options, name) != getattr(Options, name)]
    if given:
        raise InvalidArgument(
            f'dataset "{dataset}" is prepared already',
            detail=f"Options that only apply to preparing: {', '.join(given)}.",
            hint="Leave them out, or prepare another dataset with cerebro_prepare.",
        )
