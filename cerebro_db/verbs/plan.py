"""The plan of a run: arguments checked, open ones filled in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cerebro_db.dataset.chunks import chunk_rows
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model import Spec, hyperparameters, stated
from cerebro_db.model.code import Code, outline
from cerebro_db.model.cost.ledger import Ledger
from cerebro_db.model.cost.step import StepBounds, check_cost, ledger_of
from cerebro_db.model.resolve import Resolving
from cerebro_db.model.signature import Task
from cerebro_db.search import DEFAULT_CONFIGS, Search, Space, default_space, open_search
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets, runs, settings
from cerebro_db.training import metrics
from cerebro_db.verbs.context import Context
from cerebro_db.verbs.registry import Registry
from cerebro_db.verbs.request import Fit

Resolve = Callable[[dict[str, Any]], Spec]
"""Closes the model of a run with a candidate's values; raises InvalidArgument or LimitExceeded."""


@dataclass(frozen=True)
class Plan:
    """The needs of a run besides its arguments."""

    metric: str
    higher_is_better: bool
    space: dict[str, Any]
    search: Search
    resolve: Resolve


def check_search(context: Context, control: ClientSession, request: Fit) -> int:
    """Refuse what is wrong whatever the data are; return how many configurations may begin."""
    registry = Registry(control, context.role)
    if request.metric is not None:
        _higher_is_better(request.metric, _own_metric(registry, request.metric))
    check_space(registry, request.model, request.space)
    search = open_search(request.search, Space.parse(request.space), request.seed, context.poll)
    return len(search.ask()) if request.space else DEFAULT_CONFIGS


def check_space(registry: Registry, model: dict[str, Any], space: dict[str, Any]) -> None:
    """Refuse to search over what the model does not have."""
    valid = hyperparameters(model, registry.model, registry.code)
    for name in space:
        if name not in valid:
            raise InvalidArgument(
                f'the model has no hyper-parameter "{name}" to search over',
                detail="It has: " + ", ".join(valid) + ".",
                hint=nearest(name, valid),
            )


def plan_run(
    context: Context, control: ClientSession, dataset: datasets.Dataset, request: Fit
) -> Plan:
    """Fill in what the arguments left open, now that the data are known."""
    registry = Registry(control, context.role)
    family = stated(request.model, registry.model, registry.code)
    space = request.space or default_space(*family, dataset.rows)
    task = Encoding.from_json(dataset.encoding).signature.output.task
    metric = metrics.default_metric(task) if request.metric is None else request.metric
    own = _own_metric(registry, metric)
    if own is None:
        _check_metric(metric, task)
    return Plan(
        metric=metric,
        higher_is_better=_higher_is_better(metric, own),
        space=space,
        search=open_search(request.search, Space.parse(space), request.seed, context.poll),
        resolve=_resolver(control, registry, request.model, dataset, own),
    )


def search_of(run: runs.Run, poll: Callable[[], None]) -> Search:
    """Return the search of a run as it was at its beginning."""
    return open_search(run.search, Space.parse(run.space), run.seed, poll)


def resolver_of(control: ClientSession, run: runs.Run, dataset: datasets.Dataset) -> Resolve:
    """Return what makes further configurations of a run: with the code that others have already."""
    registry = Registry(control, run.owner, run.id)
    return _resolver(control, registry, run.model, dataset, _own_metric(registry, run.metric))


def _resolver(
    control: ClientSession,
    registry: Registry,
    model: dict[str, Any],
    dataset: datasets.Dataset,
    metric: Code | None,
) -> Resolve:
    encoding = Encoding.from_json(dataset.encoding)
    bounds = StepBounds(rows=chunk_rows(encoding), **settings.read_step(control))

    resolving = Resolving(
        model, encoding.signature, registry.model, registry.code, metric, rows=dataset.rows
    )
    # Configurations that have their architecture in common mostly come one after the other.
    last: tuple[object, Ledger | None] = (None, None)

    def close(params: dict[str, Any]) -> Spec:
        nonlocal last
        spec = resolving.close(params)
        if last[0] is not spec.architecture:
            last = spec.architecture, ledger_of(spec)
        check_cost(spec, bounds, last[1])
        return spec

    return close


def _own_metric(registry: Registry, metric: str) -> Code | None:
    """Return the code of a registered metric, None for the project's own and for unknown ones."""
    return None if metric in metrics.DIRECTIONS else registry.code(metric, "metric")


def _higher_is_better(metric: str, own: Code | None) -> bool:
    return metrics.higher_is_better(metric) if own is None else bool(outline(own).higher_is_better)


def _check_metric(metric: str, task: Task) -> None:
    valid = [*metrics.metrics_for(task), "loss"]
    if metric not in valid:
        raise InvalidArgument(
            f'there is no metric "{metric}" for {task}',
            detail="Metrics of this task: " + ", ".join(valid) + ".",
            hint=nearest(metric, valid),
        )
