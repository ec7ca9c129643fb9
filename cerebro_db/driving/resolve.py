"""Makes configurations of a run out of what its search proposes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cerebro_db.dataset.chunks import chunk_rows
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.driving.options import Options
from cerebro_db.driving.pretrained import Lending, carried
from cerebro_db.driving.registry import Registry
from cerebro_db.model import Meaning, Spec
from cerebro_db.model.code import Code, outline
from cerebro_db.model.cost.ledger import Ledger
from cerebro_db.model.cost.step import StepBounds, check_cost, ledger_of
from cerebro_db.model.definition import Definition
from cerebro_db.model.frameworks import Framework
from cerebro_db.model.rates import MUTABLE
from cerebro_db.model.resolve import Resolving
from cerebro_db.model.trainable import check_code, check_layers
from cerebro_db.search import Search, Space, Terms, open_search, without_epochs
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets, runs, settings
from cerebro_db.training import metrics

Resolve = Callable[[dict[str, Any]], Spec]
"""Closes the model of a run with a candidate's values; raises InvalidArgument or LimitExceeded."""


def search_of(control: ClientSession, run: runs.Run, poll: Callable[[], None]) -> Search:
    """Return the search of a run as it was at its beginning."""
    space = Space.parse(run.space, meaning_of(control, run))
    terms = terms_of(space, run.seed, run.epochs, poll, higher_is_better=run.higher_is_better)
    return open_search(run.search, terms)


def meaning_of(control: ClientSession, run: runs.Run) -> Meaning:
    """Return what hyper-parameters mean to the models of a run.

    Raises:
        DataError: the weights are missing that they begin with.
    """
    registry = Registry(control, run.owner, run.id)
    loans = carried(control, registry, run)
    model = run.model if loans is None else loans.definition
    return Meaning(model, registry.model, registry.code)


def terms_of(
    space: Space,
    seed: int,
    epochs: int,
    poll: Callable[[], None],
    *,
    workers: int = 1,
    higher_is_better: bool = True,
) -> Terms:
    """Return what a method of search has to go by, see ``Terms``."""
    return Terms(
        space,
        seed,
        epochs,
        workers=workers,
        mutable=MUTABLE,
        higher_is_better=higher_is_better,
        poll=poll,
    )


def resolver_of(
    control: ClientSession,
    run: runs.Run,
    dataset: datasets.Dataset,
    notice: Callable[[str], None],
) -> Resolve:
    """Return what makes further configurations of a run: with the code that others have already.

    Args:
        notice: shows a line to the caller.

    Raises:
        DataError: the weights are missing that they begin with.
    """
    registry = Registry(control, run.owner, run.id)
    loans = carried(control, registry, run)
    lending = None if loans is None else Lending(loans, encoding_of(dataset), notice, run.name)
    model = run.model if loans is None else loans.definition
    metric = own_metric(registry, run.metric)
    framework = Options.stored(run.options).trained_with
    return resolver(control, registry, model, dataset, metric, framework, lending)


def encoding_of(dataset: datasets.Dataset) -> Encoding:
    """Return how the rows of a dataset are encoded."""
    return Encoding.from_json(dataset.encoding)


def resolver(
    control: ClientSession,
    registry: Registry,
    model: dict[str, Any] | Definition,
    dataset: datasets.Dataset,
    metric: Code | None,
    framework: Framework,
    lending: Lending | None = None,
) -> Resolve:
    """Return what closes a model with a candidate's values.

    Args:
        framework: what is to train it.
        lending: gives it the weights that it begins with, if it begins with another's.
    """
    encoding = encoding_of(dataset)
    bounds = StepBounds(rows=chunk_rows(encoding), **settings.read_step(control))

    resolving = Resolving(
        model,
        encoding.signature,
        registry.model,
        registry.code,
        metric,
        rows=dataset.rows,
        framework=framework,
    )
    # Configurations that have their architecture in common mostly come one after the other.
    last: tuple[object, Ledger] | None = None

    def close(params: dict[str, Any]) -> Spec:
        nonlocal last
        spec = resolving.close(without_epochs(params))
        check_code(spec, "loss", framework)
        if last is None or last[0] is not spec.architecture:
            check_layers(spec)
            last = spec.architecture, ledger_of(spec)
        check_cost(spec, bounds, last[1])
        return spec if lending is None else lending.close(spec, last[1])

    return close


def own_metric(registry: Registry, metric: str) -> Code | None:
    """Return the code of a registered metric, None for the project's own and for unknown ones."""
    return None if metric in metrics.DIRECTIONS else registry.code(metric, "metric")


def higher_is_better(metric: str, own: Code | None) -> bool:
    return metrics.higher_is_better(metric) if own is None else bool(outline(own).higher_is_better)
