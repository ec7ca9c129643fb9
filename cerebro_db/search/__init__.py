"""Proposes configurations. One method a file; a new one is a file and a line in ``METHODS``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.polls import no_poll
from cerebro_db.search._base import MAX_CONFIGS, Candidate, Search
from cerebro_db.search.defaults import DEFAULT_CONFIGS, default_space
from cerebro_db.search.grid import GridSearch
from cerebro_db.search.random import RandomSearch
from cerebro_db.search.space import Space

METHODS: dict[str, type[Search]] = {"grid": GridSearch, "random": RandomSearch}

__all__ = [
    "DEFAULT_CONFIGS",
    "MAX_CONFIGS",
    "METHODS",
    "Candidate",
    "Search",
    "Space",
    "default_space",
    "open_search",
]


def open_search(
    search: dict[str, Any], space: Space, seed: int, poll: Callable[[], None] = no_poll
) -> Search:
    """Return the search that the ``search`` argument of cerebro_fit describes.

    Args:
        poll: called for each candidate that is made; raises to give up.

    Raises:
        InvalidArgument: the method or one of its options is unknown or has a wrong value.
    """
    options = dict(search)
    name = options.pop("method", "grid")
    if not isinstance(name, str) or name not in METHODS:
        raise InvalidArgument(
            f"unknown search method: {name!r}",
            detail="The methods are " + ", ".join(METHODS) + ".",
            hint=nearest(str(name), METHODS),
        )
    method = METHODS[name]
    for option in options:
        if option not in method.OPTIONS:
            raise InvalidArgument(
                f'search method "{name}" has no option "{option}"',
                detail=f"Its options: {', '.join(method.OPTIONS) or 'none'}.",
                hint=nearest(option, ["method", *method.OPTIONS]),
            )
    return method(space, options, seed, poll)
