"""Epochs as a dimension: how far a candidate trains may be searched like a hyper-parameter, though
it is none of the model's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.parameters import default_batch_size
from cerebro_db.search._base import Search, Terms
from cerebro_db.search.dimensions import SpaceDocument, opens
from cerebro_db.search.dimensions.epochs import EPOCHS
from cerebro_db.search.space import Space

# Where nobody says how far to train, it is for about so many steps of mini-batches: an epoch of a
# small table is few of them. Of epochs there have to be some, too, to see the best of them pass.
STEPS = 16_000
LEAST_EPOCHS, MOST_EPOCHS = 5, 60


def epochs_of(params: dict[str, Any], terms: Terms) -> int:
    """Return the budget of a candidate: its own where the space gives it one, else the run's."""
    return int(params.get(EPOCHS, terms.epochs))


def stated_epochs(params: dict[str, Any], most: int) -> int | None:
    """Return the budget that a person gives a configuration among its values, None if none.

    Raises:
        InvalidArgument: it is no whole number from 1 up, or more than the run has.
    """
    if EPOCHS not in params:
        return None
    space = Space.parse({EPOCHS: [params[EPOCHS]]})
    _require_within(space, most)
    return space.most_epochs


def without_epochs(params: dict[str, Any]) -> dict[str, Any]:
    """Return the values that the model is made of."""
    return {name: value for name, value in params.items() if name != EPOCHS}


def epochs_by_data(rows: int) -> int:
    """Return for how many epochs so many training rows are worth training where nobody says it."""
    steps = -(-rows // default_batch_size(rows))
    return max(LEAST_EPOCHS, min(MOST_EPOCHS, STEPS // max(1, steps)))


def with_epochs_of_models(
    document: SpaceDocument, naming: Sequence[str], own: Callable[[dict[str, Any]], int]
) -> SpaceDocument:
    """Return a space in which each model trains for the epochs that it wants; the same space, where
    all want the same, or where values of something else decide on the model.

    Args:
        document: a space without epochs.
        naming: the names by which a candidate names its model.
        own: the epochs that a model wants, by what a candidate names it with.
    """
    branches = document if isinstance(document, list) else [document]
    space = Space.parse(document)
    beside = [place for branch in space.branches for place in branch.places]
    if any(place.name in naming and place not in beside for place in space.places()):
        return document
    found = [_with_epochs(branch, naming, own) for branch in branches]
    wanted = {
        epochs
        for place in Space.parse(found).places()
        if place.name == EPOCHS
        for epochs in place.dimension.samples
    }
    if len(wanted) == 1:
        return document
    return found if isinstance(document, list) else found[0]


def _with_epochs(
    branch: dict[str, Any], naming: Sequence[str], own: Callable[[dict[str, Any]], int]
) -> dict[str, Any]:
    name = next((name for name in naming if name in branch), None)
    if name is None:
        return branch | {EPOCHS: own({})}
    values = branch[name] if isinstance(branch[name], list) else [branch[name]]
    return branch | {name: [_opening_epochs(value, name, own) for value in values]}


def _opening_epochs(value: Any, name: str, own: Callable[[dict[str, Any]], int]) -> dict[str, Any]:
    opened: Any = {}
    if opens(value):
        value, opened = value["value"], value["with"]
    epochs = {EPOCHS: own({name: value})}
    return {
        "value": value,
        "with": [one | epochs for one in opened] if isinstance(opened, list) else opened | epochs,
    }


def check_epochs(terms: Terms, name: str, method: type[Search]) -> None:
    """Refuse a space with epochs where the method decides on them, or that has more than its run.

    Raises:
        InvalidArgument: that is so.
    """
    most = terms.space.most_epochs
    if most is None:
        return
    if not method.TAKES_EPOCHS:
        raise InvalidArgument(
            f'search method "{name}" decides itself how far each configuration trains',
            detail="The space has epochs, too.",
            hint="Leave epochs out of the space, or search by grid, random or tpe.",
        )
    _require_within(terms.space, terms.epochs)


def _require_within(space: Space, epochs: int) -> None:
    most = space.most_epochs or 0
    if most > epochs:
        raise InvalidArgument(
            "the space gives a configuration more epochs than the run has",
            detail=f"It gives up to {most:,}, and the run has {epochs:,}.",
            hint=f"Write epochs := {most}, or leave that out: a search that states no epochs has as"
            " many as its space gives.",
        )
