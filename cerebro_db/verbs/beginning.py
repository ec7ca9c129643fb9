"""What a search begins with: its space, its first candidates, and how far they train."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from cerebro_db.context import Context
from cerebro_db.driving.resolve import Resolve, terms_of
from cerebro_db.model import Meaning
from cerebro_db.model.definition import CHOOSING
from cerebro_db.search import (
    Space,
    SpaceDocument,
    Start,
    check_possible,
    epochs_by_data,
    open_search,
    takes_epochs,
    with_epochs_of_models,
)
from cerebro_db.store import datasets
from cerebro_db.verbs.request import Fit
from cerebro_db.verbs.unstated import described, unstated


@dataclass(frozen=True)
class Beginning:
    """What a search begins with.

    Args:
        space: its space.
        document, search: the same, and itself, as they are kept.
        starts: its first candidates.
        epochs: how far any one configuration may train.
    """

    space: Space
    document: SpaceDocument
    search: dict[str, Any]
    starts: list[Start]
    epochs: int


def opened(
    context: Context,
    dataset: datasets.Dataset,
    request: Fit,
    space: SpaceDocument | None,
    meaning: Meaning,
    workers: int,
    resolve: Resolve,
) -> Beginning:
    """Return what a search begins with of which the data decide on something.

    Args:
        space: None where nothing is stated.
        meaning: what hyper-parameters mean to the models.
        workers: how many train at once.
        resolve: makes a configuration of a candidate.
    """
    rows = dataset.rows
    if space is not None:
        space, epochs = _with_epochs(space, request, meaning, rows)
        return begun(context, request, space, meaning, workers, epochs)
    found = unstated(request, dataset, resolve)
    request = replace(request, search=found.search)
    space, epochs = _with_epochs(found.space, request, meaning, rows)
    beginning = begun(context, request, space, meaning, workers, epochs)
    context.notice(f"{request.run}: {described(beginning.starts, beginning.epochs)}")
    return beginning


def _with_epochs(
    space: SpaceDocument, request: Fit, meaning: Meaning, rows: int
) -> tuple[SpaceDocument, int]:
    """Return a space, and how far any one configuration trains, where nobody states it: each as far
    as its family wants, or else the rows; all as far as the one that wants most, where the search
    decides on the way."""
    by_data = epochs_by_data(rows)

    def own(model: dict[str, Any]) -> int:
        return meaning.epochs(model) or by_data

    if request.epochs or Space.parse(space, meaning).most_epochs:
        return space, by_data
    apart = with_epochs_of_models(space, CHOOSING, own)
    most = Space.parse(apart, meaning).most_epochs or own({})
    return (apart if takes_epochs(request.search) else space), most


def begun(
    context: Context,
    request: Fit,
    document: SpaceDocument,
    meaning: Meaning,
    workers: int,
    by_data: int,
) -> Beginning:
    """Return what a search begins with; ``by_data`` are its epochs where nobody states any."""
    space = Space.parse(document, meaning)
    check_possible(space)
    epochs = request.epochs or space.most_epochs or by_data
    terms = terms_of(space, request.seed, epochs, context.poll, workers=workers)
    method = open_search(request.search, terms)
    search = dict(request.search)
    if method.parallel is not None:
        search["parallel"] = method.parallel
    starts = [decision for decision in method.begin() if isinstance(decision, Start)]
    return Beginning(space, document, search, starts, epochs)
