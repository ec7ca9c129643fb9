"""Proposes configurations. One method a file; a new one is a file and a line in ``METHODS``."""

from __future__ import annotations

from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.search._base import Candidate, GoOn, Search, Start, Stop, Terms
from cerebro_db.search.bounds import MAX_CONFIGS
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
    "GoOn",
    "Search",
    "Space",
    "Start",
    "Stop",
    "Terms",
    "default_space",
    "open_search",
]


def open_search(search: dict[str, Any], terms: Terms) -> Search:
    """Return the search that the ``search`` argument of cerebro_fit describes.

    Raises:
        InvalidArgument: the method or one of its options is unknown or has a wrong value.
        LimitExceeded: see ``Search``.
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
    return method(terms, options)
