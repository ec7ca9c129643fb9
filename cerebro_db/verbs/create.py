"""Makes a run of what cerebro_fit or cerebro_submit were asked: all that a planner needs."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from cerebro_db.context import Context, check_name
from cerebro_db.dataset.request.request import Selected
from cerebro_db.driving.candidates import made_of, write
from cerebro_db.driving.options import Options
from cerebro_db.errors import InvalidArgument
from cerebro_db.search import MAX_EPOCHS
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets, pretrained, queue, runs
from cerebro_db.store.sessions import living
from cerebro_db.verbs.plan import Outline, outline, plan_run
from cerebro_db.verbs.request import Fit
from cerebro_db.verbs.source import prepared_dataset, source_of

MAX_WORKERS = 256

_TAKEN = (
    "Choose another name. If that run did not come to its end, cerebro_resume goes on with it; "
    "cerebro_drop forgets it."
)


@dataclass(frozen=True)
class Checked:
    """The facts of a request that are known before any row is read.

    ``source`` is the dataset that the source names, or what to read to prepare one.
    """

    outline: Outline
    source: datasets.Dataset | Selected


def check(context: Context, control: ClientSession, request: Fit, sources: ExitStack) -> Checked:
    """Refuse all that can be refused before anything is written.

    Args:
        sources: keeps open what is to be read, until the run is created.

    Raises:
        CerebroError: an argument is wrong, or the source cannot be trained on.
    """
    context.require_writable()
    check_name(request.run, "run")
    _check_numbers(request)
    runs.NAMED.refuse(control, request.run, context.role, _TAKEN)
    known = outline(context, control, request)
    source = source_of(context, control, request, sources)
    folds = source.folds if isinstance(source, datasets.Dataset) else _folds(source)
    if request.options.refit and not folds:
        raise InvalidArgument(
            '"refit" goes with folds',
            detail=f'validation is "{request.options.validation}".'
            if isinstance(source, Selected)
            else f'Dataset "{source.name}" has none.',
            hint="Have rows held out with validation := '5 folds', or leave it out.",
        )
    if folds and request.workers is None:
        # Each configuration has so many networks, which train at once.
        workers = context.server.default_workers(control, known.begin * folds)
        known = replace(known, workers=workers)
    return Checked(known, source)


def _folds(source: Selected) -> int:
    return 0 if source.selection.folds is None else source.selection.folds.count


def create(
    context: Context,
    control: ClientSession,
    request: Fit,
    checked: Checked,
    *,
    workers: int,
    submitted: bool,
    awaited: bool = True,
) -> int:
    """Write a run that is queued, and prepare its rows in the caller's session; return its number.

    Unless it is submitted, for whoever comes first, the control session drives it.

    Args:
        submitted: whether it is the queue's; who runs that is told.
        awaited: whether the caller waits for it in the control session.

    Raises:
        CerebroError: the rows cannot be trained on, or a configuration does not suit them.
    """
    with ExitStack() as stack:
        stack.enter_context(runs.NAMED.claimed(control, request.run))
        if isinstance(checked.source, Selected):
            stack.enter_context(datasets.NAMED.claimed(control, request.run))
        # One transaction: a dataset that was prepared for a run that is then refused is gone again.
        stack.enter_context(control.connection.transaction())
        runs.NAMED.refuse(control, request.run, context.role, _TAKEN)
        dataset = checked.source
        prepared = isinstance(dataset, Selected)
        if isinstance(dataset, Selected):
            dataset = prepared_dataset(context, control, request, dataset)
        plan = plan_run(context, control, dataset, request, checked.outline)
        own = living(control).own
        run = runs.create(
            control,
            runs.NewRun(
                name=request.run,
                owner=context.role,
                dataset=dataset.id,
                prepared=prepared,
                metric=plan.metric,
                higher_is_better=plan.higher_is_better,
                model=request.trained,
                models=checked.outline.registry.models,
                space=plan.beginning.document,
                search=plan.beginning.search,
                epochs=plan.beginning.epochs,
                workers=workers,
                seed=request.seed,
                options=_lasting(plan.options),
                description=request.options.description,
                tags=request.options.tags,
                submitted=submitted,
                planner=None if submitted else own,
                caller=own if awaited else None,
            ),
        )
        if (copy := plan.pretrained) is not None:
            pretrained.add(control, run, copy.sha256, copy.source, copy.state)
        write(control, run, made_of(plan.beginning.starts, plan.resolve, context.poll))
        action = "fit" if awaited else "submit"
        context.audit(control, action, "run", request.run, dataset=dataset.name)
        if submitted and context.server.hears:
            queue.announce(control)
    return run


def _lasting(options: Options) -> dict[str, Any]:
    """Return the options that a run keeps as they were stated."""
    return {name: value for name, value in vars(options).items() if name not in Options.TOLD}


def _check_numbers(request: Fit) -> None:
    bounds = {"epochs": (request.epochs, MAX_EPOCHS), "workers": (request.workers, MAX_WORKERS)}
    for name, (value, most) in bounds.items():
        if value is not None and not 1 <= value <= most:
            raise InvalidArgument(
                f"{name} must be between 1 and {most:,}",
                detail=f"{name} is {value}.",
                hint=f"Leave {name} out for the default.",
            )
