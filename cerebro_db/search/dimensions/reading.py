"""Reads a space: an object that gives names their dimensions, or a list of such objects.

A dimension is one value, a list of values, or a range: see ``ranges.py``. In a list,
``{"value": value, "with": space}`` is a value with which the names of that space are open too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.search.dimensions._base import Branch, Dimension, Option, Place, canonical
from cerebro_db.search.dimensions.choice import Choice
from cerebro_db.search.dimensions.epochs import EPOCHS, require_whole
from cerebro_db.search.dimensions.ranges import read_range, wrong

# As many as a run may have configurations.
MAX_LISTED = 10_000


SpaceDocument = dict[str, Any] | list[dict[str, Any]]
"""A space as its user writes it."""


def read_branches(document: Any, prefix: str = "") -> tuple[Branch, ...]:
    """Return the branches of a space, of which a candidate takes one.

    Args:
        document: the space as JSON.
        prefix: what labels begin with.

    Raises:
        InvalidArgument: it is neither an object nor a list of objects, a dimension makes no sense,
            or two of one name would be open together.
        LimitExceeded: a list is longer than anyone can try.
    """
    if isinstance(document, dict):
        return (_branch(document, prefix),)
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        raise InvalidArgument(
            "space must be a JSON object, or a list of objects",
            detail=f"Found {json.dumps(document)[:100]}.",
            hint='Write {"learning_rate": [0.01, 0.1]}, or [{"optimizer": ["adam"]}, '
            '{"optimizer": ["sgd"], "momentum": [0, 0.9]}].',
        )
    if not document:
        raise InvalidArgument(
            "the list of spaces is empty",
            detail="A candidate takes one of them.",
            hint="Write {} for the default space, or [{}] for the model as it is.",
        )
    _require_bearable(document, "the list of spaces")
    several = len(document) > 1
    return tuple(
        _branch(item, f"{prefix}({number})." if several else prefix)
        for number, item in enumerate(document, start=1)
    )


def opens(value: Any) -> bool:
    """Return whether this is a value with a space; any other object in a list is itself a value."""
    return (
        isinstance(value, dict)
        and value.keys() == {"value", "with"}
        and isinstance(value["with"], dict | list)
    )


def _branch(document: dict[str, Any], prefix: str) -> Branch:
    # jsonb orders names so. A run has its space from there, whoever takes it up.
    names = sorted(document, key=lambda name: (len(name.encode()), name.encode()))
    places = tuple(
        Place(name, prefix + name, _dimension(name, document[name], prefix + name))
        for name in names
    )
    for place in places:
        if place.name == EPOCHS:
            require_whole(place.dimension)
    stated: set[str] = set()
    for place in places:
        own = {inner.name for inner in Branch((place,)).all_places()}
        for name in sorted(own & stated):
            raise InvalidArgument(
                f'the space states "{name}" twice',
                detail=f'It stands beside "{place.name}", and a value that opens it there as well.',
                hint="Give each name in one place only, or list whole spaces: [{...}, {...}].",
            )
        stated |= own
    _require_once(places)
    return Branch(places)


def _require_once(places: Sequence[Place]) -> None:
    """Refuse a name that one of its own values opens again."""
    for place in places:
        for option in place.dimension.options:
            for branch in option.opens:
                if any(inner.name == place.name for inner in branch.all_places()):
                    raise InvalidArgument(
                        f'the space states "{place.name}" twice',
                        detail=f"Its value {json.dumps(option.value)} opens it once more.",
                        hint="Give each name in one place only.",
                    )


def _dimension(name: str, value: Any, label: str) -> Dimension:
    if isinstance(value, list):
        if not value:
            raise wrong(name, value, "The list of values is empty.")
        _require_bearable(value, f'the space of "{name}"')
        different: dict[str, Any] = {}
        for item in value:
            different.setdefault(canonical(item), item)
        items = enumerate(different.values())
        return Choice(tuple(_option(item, f"{label}[{i}]") for i, item in items))
    if opens(value):
        return Choice((_option(value, f"{label}[0]"),))
    if isinstance(value, dict):
        return read_range(name, value)
    return Choice((Option(value),))


def _option(value: Any, label: str) -> Option:
    if not opens(value):
        return Option(value)
    return Option(value["value"], read_branches(value["with"], f"{label}."))


def _require_bearable(listed: list[Any], what: str) -> None:
    if len(listed) > MAX_LISTED:
        raise LimitExceeded(
            f"{what} lists more than a run may have configurations",
            detail=f"It lists {len(listed):,}; a run tries at most {MAX_LISTED:,}.",
            hint="Use a range, or fewer values.",
        )
