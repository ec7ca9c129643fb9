"""The plan of a run: arguments checked, open ones filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cerebro_db.context import Context
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.driving.registry import Registry
from cerebro_db.driving.resolve import Resolve, higher_is_better, own_metric, resolver
from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model import hyperparameters, stated
from cerebro_db.model.signature import Task
from cerebro_db.search import (
    DEFAULT_CONFIGS,
    Search,
    Space,
    Terms,
    default_space,
    open_search,
)
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets
from cerebro_db.training import metrics
from cerebro_db.verbs.request import Fit


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
        higher_is_better(request.metric, own_metric(registry, request.metric))
    check_space(registry, request.model, request.space)
    search = _opened(context, request, request.space)
    return len(search.begin()) if request.space else DEFAULT_CONFIGS


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
    own = own_metric(registry, metric)
    if own is None:
        _check_metric(metric, task)
    return Plan(
        metric=metric,
        higher_is_better=higher_is_better(metric, own),
        space=space,
        search=_opened(context, request, space),
        resolve=resolver(control, registry, request.model, dataset, own),
    )


def _opened(context: Context, request: Fit, space: dict[str, Any]) -> Search:
    terms = Terms(Space.parse(space), request.seed, request.epochs, poll=context.poll)
    return open_search(request.search, terms)


def _check_metric(metric: str, task: Task) -> None:
    valid = [*metrics.metrics_for(task), "loss"]
    if metric not in valid:
        raise InvalidArgument(
            f'there is no metric "{metric}" for {task}',
            detail="Metrics of this task: " + ", ".join(valid) + ".",
            hint=nearest(metric, valid),
        )
