"""What a run will search, rank by and train: arguments checked, open ones filled in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from cerebro_db.dataset.encoding import Encoding
from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model import Spec, hyperparameters, resolve, stated
from cerebro_db.model.signature import Task
from cerebro_db.search import DEFAULT_CONFIGS, Search, Space, default_space, open_search
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets, models, runs
from cerebro_db.training import metrics
from cerebro_db.verbs.context import Context
from cerebro_db.verbs.request import Fit

Resolve = Callable[[dict[str, Any]], Spec]
"""Closes the model of a run with a candidate's values; raises InvalidArgument."""


@dataclass(frozen=True)
class Plan:
    """What a run needs besides its arguments."""

    metric: str
    space: dict[str, Any]
    search: Search
    resolve: Resolve


def check_search(context: Context, control: ClientSession, request: Fit) -> int:
    """Refuse what is wrong whatever the data are; return how many configurations may begin."""
    if request.metric is not None:
        metrics.higher_is_better(request.metric)
    check_space(control, context.role, request.model, request.space)
    search = open_search(request.search, Space.parse(request.space), request.seed)
    return len(search.ask()) if request.space else DEFAULT_CONFIGS


def check_space(
    control: ClientSession, role: str, model: dict[str, Any], space: dict[str, Any]
) -> None:
    """Refuse to search over what the model does not have."""
    valid = hyperparameters(model, partial(_registered, control, role))
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
    registered = partial(_registered, control, context.role)
    space = request.space or default_space(*stated(request.model, registered), dataset.rows)
    return Plan(
        metric=_metric(request.metric, dataset),
        space=space,
        search=open_search(request.search, Space.parse(space), request.seed),
        resolve=resolver(control, context.role, request.model, dataset),
    )


def search_of(run: runs.Run) -> Search:
    """Return the search of a run as it was at its beginning."""
    return open_search(run.search, Space.parse(run.space), run.seed)


def resolver(
    control: ClientSession, role: str, model: dict[str, Any], dataset: datasets.Dataset
) -> Resolve:
    """Return what makes configurations of a model for a dataset.

    Args:
        role: whose registered models it may name.
    """
    signature = Encoding.from_json(dataset.encoding).signature
    registered = partial(_registered, control, role)
    return lambda params: resolve(model, params, signature, registered)


def _metric(metric: str | None, dataset: datasets.Dataset) -> str:
    task: Task = Encoding.from_json(dataset.encoding).signature.output.task
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
