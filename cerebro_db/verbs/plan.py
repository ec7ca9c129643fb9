"""The plan of a run: its arguments checked and parsed, once, and what they leave open filled in."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cerebro_db.context import Context
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.driving.options import Options
from cerebro_db.driving.pretrained import Copy, Lending, Loans, asked_for, copied
from cerebro_db.driving.registry import Registry
from cerebro_db.driving.resolve import (
    Resolve,
    encoding_of,
    higher_is_better,
    own_metric,
    resolver,
)
from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model import Meaning, stated
from cerebro_db.model.code import Code
from cerebro_db.model.definition import Definition
from cerebro_db.model.families import FAMILIES
from cerebro_db.model.frameworks import Framework, chosen
from cerebro_db.model.tasks import TASKS
from cerebro_db.search import (
    DEFAULT_CONFIGS,
    MAX_CONFIGS,
    MOST_EPOCHS,
    SpaceDocument,
    check_suitable,
    default_space,
)
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets
from cerebro_db.training import metrics
from cerebro_db.training.frameworks import installed
from cerebro_db.training.thresholds import Wish
from cerebro_db.verbs.beginning import Beginning, begun, opened
from cerebro_db.verbs.request import Fit

# Members that the ensemble of a search has at most of which nothing is stated.
DEFAULT_ENSEMBLE = 3


@dataclass(frozen=True)
class Outline:
    """The part of a plan that is known before the data are.

    Args:
        registry: the names that the model may use.
        metric: the code of a registered metric, if one is asked for.
        loans: another run's weights, if configurations are to begin with them.
        meaning: what hyper-parameters mean to its models.
        beginning: None where the data decide on the space, or on the epochs.
        space: the space that is asked for; None where the data decide on it.
        framework: what trains.
        workers: how many train at once.
        begin: how many configurations begin with it.
    """

    registry: Registry
    metric: Code | None
    loans: Loans | None
    meaning: Meaning
    beginning: Beginning | None
    space: SpaceDocument | None
    framework: Framework
    workers: int
    begin: int


@dataclass(frozen=True)
class Plan:
    """The needs of a run besides its arguments.

    ``options`` are those of the request with what it left open; ``pretrained`` is the copy of
    another run's weights that its configurations begin with, if they do.
    """

    options: Options
    metric: str
    higher_is_better: bool
    beginning: Beginning
    resolve: Resolve
    pretrained: Copy | None


def outline(context: Context, control: ClientSession, request: Fit) -> Outline:
    """Refuse what is wrong whatever the data are.

    Raises:
        InvalidArgument, LimitExceeded: metric, space or search make no sense, or are too much.
        MissingFramework: what is to train is not installed.
    """
    framework = chosen(request.options.framework, installed())
    registry = Registry(control, context.role)
    metric = None
    if request.metric is not None:
        metric = own_metric(registry, request.metric)
        higher_is_better(request.metric, metric)
    loans = asked_for(control, registry, context.role, request.trained)
    model = request.trained if loans is None else loans.definition
    meaning = Meaning(model, registry.model, registry.code)
    # The search is checked in any case.
    most = request.workers or context.server.default_workers(control, MAX_CONFIGS)
    beginning = begun(context, request, request.space, meaning, most, MOST_EPOCHS)
    # A model that is like a configuration that is there has no default space.
    known = bool(request.space) or (loans is not None and loans.definition.like is not None)
    begin = len(beginning.starts) if known else DEFAULT_CONFIGS
    workers = request.workers or context.server.default_workers(control, begin)
    decided = known and (request.epochs or beginning.space.most_epochs)
    return Outline(
        registry=registry,
        metric=metric,
        loans=loans,
        meaning=meaning,
        beginning=beginning if decided else None,
        space=request.space if known else None,
        framework=framework,
        workers=workers,
        begin=begin,
    )


def plan_run(
    context: Context,
    control: ClientSession,
    dataset: datasets.Dataset,
    request: Fit,
    outline: Outline,
) -> Plan:
    """Fill in what the arguments left open, now that the data are known."""
    registry = outline.registry
    model: dict[str, Any] | Definition = request.trained
    lending, copy = None, None
    if outline.loans is not None:
        loans, copy = copied(control, context.role, outline.loans)
        lending = Lending(loans, encoding_of(dataset), context.notice, request.run)
        model = loans.definition
    task = Encoding.from_json(dataset.encoding).signature.output.task
    _check_threshold(request.options, task, dataset)
    metric = TASKS[task].metric if request.metric is None else request.metric
    own = outline.metric
    if own is None:
        _check_metric(metric, task)
    close = partial(resolver, control, registry, model, dataset, own, outline.framework)
    beginning = outline.beginning
    family, own_values = stated(model, registry.model, registry.code)
    if beginning is None:
        space = outline.space
        if space is None and not request.states_nothing:
            space = default_space(family, own_values, dataset.rows, task)
        beginning = opened(
            context, dataset, request, space, outline.meaning, outline.workers, close()
        )
    check_suitable(beginning.space, close(), context.poll)
    return Plan(
        options=replace(_completed(request, family), framework=outline.framework),
        metric=metric,
        higher_is_better=higher_is_better(metric, own),
        beginning=beginning,
        resolve=close(lending),
        pretrained=copy,
    )


def _completed(request: Fit, family: str) -> Options:
    """Return the options with what they left open: no ensemble where the search is of one's own;
    best epochs go by the metric that is stated, or as the family has it."""
    options = request.options
    ensemble, best = options.ensemble, options.restore_best
    if ensemble is None:
        ensemble = DEFAULT_ENSEMBLE if request.states_nothing else 0
    if best is None:
        by_loss = request.metric is None and family in FAMILIES and FAMILIES[family].best_by_loss
        best = "loss" if by_loss else True
    return replace(options, ensemble=ensemble, restore_best=best)


def _check_threshold(options: Options, task: str, dataset: datasets.Dataset) -> None:
    wish = Wish.of(options.threshold)
    if wish is None:
        return
    if not TASKS[task].takes_threshold:
        raise InvalidArgument(
            f"there is no threshold for {task}",
            detail="Thresholds are of these tasks: "
            + ", ".join(one.name for one in TASKS.values() if one.takes_threshold)
            + ".",
            hint='Leave option "threshold" out.',
        )
    if wish.needs_rows and not (dataset.validation_rows or dataset.folds):
        raise InvalidArgument(
            "there are no validation rows to find the best threshold on",
            detail=f'Option "threshold" is {json.dumps(options.threshold)}.',
            hint="State the threshold as a number, or have rows held out for validation.",
        )


def _check_metric(metric: str, task: str) -> None:
    valid = [*metrics.metrics_for(task), "loss"]
    if metric not in valid:
        raise InvalidArgument(
            f'there is no metric "{metric}" for {task}',
            detail="Metrics of this task: " + ", ".join(valid) + ".",
            hint=nearest(metric, valid),
        )
