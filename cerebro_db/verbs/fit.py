"""cerebro_fit: searches for the best configuration of a model, and returns the leaderboard."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from cerebro_db.engines import RunEngine, RunPlace, WorkerLimits
from cerebro_db.errors import InvalidArgument, RunFailed
from cerebro_db.planner import Schedule, drive
from cerebro_db.session import Row
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets, runs
from cerebro_db.training import metrics
from cerebro_db.verbs.candidates import Candidates
from cerebro_db.verbs.context import Context, check_name
from cerebro_db.verbs.logbook import Logbook
from cerebro_db.verbs.plan import check_search, plan_run
from cerebro_db.verbs.request import Fit
from cerebro_db.verbs.source import existing_dataset, prepared_dataset

MAX_EPOCHS = 100_000
MAX_WORKERS = 256

_TAKEN = "Choose another name, or drop that run first with cerebro_drop."


def fit(context: Context, request: Fit) -> list[Row]:
    """Search, and return the rows of the leaderboard, best first.

    All that can be refused is refused before anything is written.

    Raises:
        CerebroError: an argument is wrong, the source cannot be trained on, or no configuration
            succeeded.
    """
    context.require_writable()
    check_name(request.run, "run")
    _check_numbers(request)
    with context.control() as control:
        runs.NAMED.refuse(control, request.run, context.role, _TAKEN)
        configs = check_search(context, control, request)
        dataset = existing_dataset(context, control, request)
        with _engine(context, control, request, configs) as engine:
            if engine.cold:
                context.notice(
                    f"{request.run}: {engine.cold} new workers import TensorFlow meanwhile"
                )
            return _search(context, control, engine, dataset, request)


@contextmanager
def _engine(
    context: Context, control: ClientSession, request: Fit, configs: int
) -> Iterator[RunEngine]:
    """Open the workers first of all: they import the framework while the rows are packed."""
    limits = WorkerLimits.of(request.options.threads, request.options.cache_mb)
    count = request.workers or context.server.default_workers(control, configs)
    engine = context.server.open_engine(control, limits, count, context.poll)
    try:
        yield engine
    except BaseException:
        engine.cancel()
        raise
    engine.close()


def _search(
    context: Context,
    control: ClientSession,
    engine: RunEngine,
    existing: datasets.Dataset | None,
    request: Fit,
) -> list[Row]:
    # One transaction: a dataset that was prepared for a run which is then refused is gone again.
    with control.connection.transaction():
        runs.NAMED.claim(control, request.run)
        runs.NAMED.refuse(control, request.run, context.role, _TAKEN)
        dataset = existing or prepared_dataset(context, control, request)
        plan = plan_run(context, control, dataset, request)
        run = runs.create(
            control,
            runs.NewRun(
                name=request.run,
                owner=context.role,
                dataset=dataset.id,
                prepared=existing is None,
                metric=plan.metric,
                higher_is_better=metrics.higher_is_better(plan.metric),
                model=request.model,
                space=plan.space,
                search=request.search,
                epochs=request.epochs,
                workers=engine.workers,
                seed=request.seed,
                options=vars(request.options),
            ),
        )
        schedule = Schedule(dataset.partitions, request.epochs, request.seed)
        candidates = Candidates(control, run, plan.search, plan.resolve, schedule)
        candidates.grow()
    context.notice(
        f"{request.run}: {candidates.count} configurations, {request.epochs} epochs, "
        f"{dataset.partitions} partitions, {engine.workers} workers, ranked by {plan.metric}"
    )
    validate = dataset.validation_rows > 0
    if not validate:
        context.notice(f"{request.run}: there are no validation rows; training rows rank")
    engine.place(
        RunPlace(run, dataset.id, request.seed, dataset.partitions, request.epochs, validate)
    )
    logbook = Logbook(
        control,
        context.notice,
        run=run,
        name=request.run,
        metric=plan.metric,
        schedule=schedule,
        engine=engine,
        candidates=candidates,
    )
    try:
        drive(schedule, engine, logbook)
        return _finish(context, control, run, request, dataset, logbook)
    except BaseException as error:
        status = "cancelled" if _is_cancel(error) else "failed"
        # If the control session itself is gone, the run will show as interrupted.
        with contextlib.suppress(psycopg.Error, KeyboardInterrupt):
            runs.finish(control, run, status, str(error))
        raise


def _finish(
    context: Context,
    control: ClientSession,
    run: int,
    request: Fit,
    dataset: datasets.Dataset,
    logbook: Logbook,
) -> list[Row]:
    """Keep the best states, let the others go, and return the leaderboard."""
    ranking = logbook.ranking
    if not ranking:
        raise RunFailed(
            f'no configuration of run "{request.run}" succeeded',
            detail=logbook.reasons,
            hint="Lower the learning rate, or set clipnorm."
            if "diverged" in logbook.failures.values()
            else "See cerebro.configs for the whole of it.",
        )
    with control.connection.transaction():
        for rank, config in enumerate(ranking[: request.options.keep], 1):
            context.server.keep_state(
                control, run, config, rank=rank, epoch=request.epochs, step=dataset.partitions
            )
        context.server.drop_states(control, run)
        runs.finish(control, run, "finished")
    return runs.leaderboard(control, request.run)


def _check_numbers(request: Fit) -> None:
    bounds = {"epochs": (request.epochs, MAX_EPOCHS), "workers": (request.workers, MAX_WORKERS)}
    for name, (value, most) in bounds.items():
        if value is not None and not 1 <= value <= most:
            raise InvalidArgument(
                f"{name} must be between 1 and {most:,}",
                detail=f"{name} is {value}.",
                hint=f"Leave {name} out for the default.",
            )


def _is_cancel(error: BaseException) -> bool:
    """Return whether the caller was cancelled: SQLSTATE class 57 is an operator's intervention."""
    return isinstance(error, KeyboardInterrupt) or str(getattr(error, "sqlstate", "")).startswith(
        "57"
    )
