"""Which dataset a run trains on: one that is there, or one that is prepared for it."""

from __future__ import annotations

from cerebro_db.dataset import Request, plan_request
from cerebro_db.errors import InvalidArgument, NotPermitted, UndefinedSource
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets
from cerebro_db.verbs.context import Context
from cerebro_db.verbs.options import Options
from cerebro_db.verbs.prepare import prepare_with
from cerebro_db.verbs.request import Fit


def existing_dataset(
    context: Context, control: ClientSession, request: Fit
) -> datasets.Dataset | None:
    """Return the dataset that the source names; None if it is to be prepared, and can be.

    Raises:
        UndefinedSource: it names none, and there is no target to prepare one for.
        InvalidArgument: options for preparing a dataset that is prepared already.
        CerebroError: see ``dataset.plan_request``.
    """
    found = _find(context, control, request)
    if found is not None and request.target in (None, found.target):
        _refuse_preparing(request.options, found.name)
        context.notice(
            f"{request.run}: trains on dataset {found.name}, prepared on {found.created}"
        )
        return found
    if request.target is None:
        raise UndefinedSource(
            f'dataset "{request.source}" does not exist, and there is no target to prepare it for',
            detail="Without a target, source must be the name of a prepared dataset.",
            hint="Add target => 'column to predict' to train on a table, view or SELECT.",
        )
    plan_request(context.caller, _rows(request))
    return None


def _find(context: Context, control: ClientSession, request: Fit) -> datasets.Dataset | None:
    try:
        return datasets.find(control, request.source, context.role)
    except NotPermitted:
        # With a target it is a table's name as well, which another's dataset does not take away.
        if request.target is None:
            raise
        return None


def prepared_dataset(context: Context, control: ClientSession, request: Fit) -> datasets.Dataset:
    """Prepare the source under the run's name."""
    made = prepare_with(context, control, request.run, _rows(request), replace=False).row
    context.notice(
        f"{request.run}: prepared {made.rows:,} rows for training and {made.validation_rows:,} for "
        f"validation in {made.partitions} partitions"
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
    )


def _refuse_preparing(options: Options, dataset: str) -> None:
    given = [name for name in Options.PREPARING if getattr(options, name) != getattr(Options, name)]
    if given:
        raise InvalidArgument(
            f'dataset "{dataset}" is prepared already',
            detail=f"Options that only apply to preparing: {', '.join(given)}.",
            hint="Leave them out, or prepare another dataset with cerebro_prepare.",
        )
