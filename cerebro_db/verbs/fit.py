"""cerebro_fit: searches for the best configuration of a model, and returns the leaderboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from cerebro_db.dataset import Encoding, Request, plan_request
from cerebro_db.engines.postgres import PostgresEngine, RunPlace, WorkerLimits, Workers, tables
from cerebro_db.errors import InvalidArgument, RunFailed, UndefinedSource, nearest
from cerebro_db.model import Spec, hyperparameters, resolve
from cerebro_db.model.signature import Task
from cerebro_db.planner import Schedule, drive
from cerebro_db.search import Search, Space, default_space, open_search
from cerebro_db.session import Row
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets, models, runs
from cerebro_db.training import metrics
from cerebro_db.verbs.candidates import Candidates
from cerebro_db.verbs.context import Context, check_name
from cerebro_db.verbs.logbook import Logbook
from cerebro_db.verbs.options import Options
from cerebro_db.verbs.prepare import prepare_with, processors

MAX_EPOCHS = 100_000
MAX_WORKERS = 256

_TAKEN = "Choose another name, or drop that run first with cerebro_drop."


@dataclass(frozen=True)
class Fit:
    """The arguments of cerebro_fit."""

    run: str
    source: str
    target: str | None
    model: dict[str, Any]
    space: dict[str, Any]
    search: dict[str, Any]
    epochs: int
    metric: str | None
    workers: int | None
    seed: int
    options: Options


@dataclass(frozen=True)
class _Plan:
    """What a run needs besides its arguments."""

    metric: str
    space: dict[str, Any]
    search: Search
    resolve: Callable[[dict[str, Any]], Spec]


def fit(context: Context, request: Fit) -> list[Row]:
    """Search, and return the rows of the leaderboard, best first.

    All that can be refused is refused before anything is written.

    Raises:
        CerebroError: an argument is wrong, the source cannot be trained on, or no configuration
            succeeded.
    """
    check_name(request.run, "run")
    _check_numbers(request)
    with context.control() as control:
        runs.NAMED.refuse(control, request.run, context.role, _TAKEN)
        _check_search(context, control, request)
        dataset = _existing(context, control, request)
        if dataset is None:
            plan_request(context.caller, _rows(request))
        with _engine(context, control, request) as engine:
            return _search(context, control, engine, dataset, request)


def _check_search(context: Context, control: ClientSession, request: Fit) -> None:
    """Refuse what is wrong whatever the data are."""
    if request.metric is not None:
        metrics.higher_is_better(request.metric)
    valid = hyperparameters(request.model, partial(_registered, control, context.role))
    for name in request.space:
        if name not in valid:
            raise InvalidArgument(
                f'the model has no hyper-parameter "{name}" to search over',
                detail="It has: " + ", ".join(valid) + ".",
                hint=nearest(name, valid),
            )
    open_search(request.search, Space.parse(request.space), request.seed)


@contextmanager
def _engine(context: Context, control: ClientSession, request: Fit) -> Iterator[PostgresEngine]:
    """Open the workers first of all: they import the framework while the rows are packed."""
    limits = WorkerLimits.of(request.options.threads, request.options.cache_mb)
    count = request.workers or processors()
    engine = PostgresEngine(control, Workers(context.conninfo, limits), count, context.poll)
    try:
        yield engine
    except BaseException:
        engine.cancel()
        raise
    engine.close()


def _search(
    context: Context,
    control: ClientSession,
    engine: PostgresEngine,
    existing: datasets.Dataset | None,
    request: Fit,
) -> list[Row]:
    # One transaction: a dataset that was prepared for a run which is then refused is gone again.
    with control.connection.transaction():
        runs.NAMED.claim(control, request.run, context.role, _TAKEN)
        dataset = existing or _prepared(context, control, request)
        plan = _plan(context, control, dataset, request)
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
    engine.place(RunPlace(run, dataset.id, request.seed, dataset.partitions, validate))
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
        return _finish(control, run, request, dataset, logbook)
    except BaseException as error:
        status = "cancelled" if _is_cancel(error) else "failed"
        runs.finish(control, run, status, str(error))
        raise


def _existing(context: Context, control: ClientSession, request: Fit) -> datasets.Dataset | None:
    """Return the dataset that the source names; None if it is to be prepared."""
    found = datasets.find(control, request.source, context.role)
    if found is not None and request.target in (None, found.target):
        _refuse_preparing(request.options, found.name)
        return found
    if request.target is None:
        raise UndefinedSource(
            f'dataset "{request.source}" does not exist, and there is no target to prepare it for',
            detail="Without a target, source must be the name of a prepared dataset.",
            hint="Add target => 'column to predict' to train on a table, view or SELECT.",
        )
    return None


def _prepared(context: Context, control: ClientSession, request: Fit) -> datasets.Dataset:
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


def _plan(
    context: Context, control: ClientSession, dataset: datasets.Dataset, request: Fit
) -> _Plan:
    """Fill in what the arguments left open, now that the data are known."""
    signature = Encoding.from_json(dataset.encoding).signature
    space = request.space or default_space(request.model, signature, dataset.rows)
    return _Plan(
        metric=_metric(request.metric, signature.output.task),
        space=space,
        search=open_search(request.search, Space.parse(space), request.seed),
        resolve=lambda params: resolve(
            request.model, params, signature, partial(_registered, control, context.role)
        ),
    )


def _finish(
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
            hint="Configurations that diverge need a lower learning rate; see cerebro.configs.",
        )
    with control.connection.transaction():
        for rank, config in enumerate(ranking[: request.options.keep], 1):
            tables.keep_state(
                control, run, config, rank=rank, epoch=request.epochs, step=dataset.partitions
            )
        tables.drop_all_states(control, run)
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


def _refuse_preparing(options: Options, dataset: str) -> None:
    given = [name for name in Options.PREPARING if getattr(options, name) != getattr(Options, name)]
    if given:
        raise InvalidArgument(
            f'dataset "{dataset}" is prepared already',
            detail=f"Options that only apply to preparing: {', '.join(given)}.",
            hint="Leave them out, or prepare another dataset with cerebro_prepare.",
        )


def _metric(metric: str | None, task: Task) -> str:
    if metric is None:
        return metrics.default_metric(task)
    valid = [*metrics.metrics_for(task), "loss"]
    if metric not in valid:
        raise InvalidArgument(
            f'there is no metric "{metric}" for {task}',
            detail="Metrics of this task: " + ", ".join(valid) + ".",
            hint=nearest(metric, valid),
        )
    return metric


def _registered(control: ClientSession, role: str, name: str) -> dict[str, Any]:
    return models.get(control, name, role)


def _is_cancel(error: BaseException) -> bool:
    """Return whether the caller was cancelled: SQLSTATE class 57 is an operator's intervention."""
    return str(getattr(error, "sqlstate", "")).startswith("57")
