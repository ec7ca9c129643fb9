"""Proposes configurations. One method a file; a new one is a file and a line in ``METHODS``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cerebro_db.search._base import (
    Brought,
    Candidate,
    Decision,
    End,
    Ended,
    GoOn,
    Measured,
    Order,
    Result,
    Search,
    Start,
    Stop,
    Terms,
)
from cerebro_db.search.asha import Asha
from cerebro_db.search.at_once import AllAtOnce
from cerebro_db.search.bounds import MAX_CONFIGS
from cerebro_db.search.defaults import DEFAULT_CONFIGS, default_space
from cerebro_db.search.dimensions import SpaceDocument
from cerebro_db.search.dimensions.epochs import EPOCHS, MAX_EPOCHS
from cerebro_db.search.epochs import (
    MOST_EPOCHS,
    check_epochs,
    epochs_by_data,
    epochs_of,
    stated_epochs,
    with_epochs_of_models,
    without_epochs,
)
from cerebro_db.search.grid import GridSearch
from cerebro_db.search.halving import Halving
from cerebro_db.search.hyperband import Hyperband
from cerebro_db.search.options import Asked, Limits, limits_of
from cerebro_db.search.pbt import Pbt
from cerebro_db.search.portfolio import DefaultSearch, default_search, step_work
from cerebro_db.search.possible import check_possible, check_suitable
from cerebro_db.search.random import RandomSearch
from cerebro_db.search.rules import ruled
from cerebro_db.search.space import Space
from cerebro_db.search.tpe import Tpe

METHODS: dict[str, type[Search]] = {
    "grid": GridSearch,
    "random": RandomSearch,
    "halving": Halving,
    "hyperband": Hyperband,
    "asha": Asha,
    "tpe": Tpe,
    "pbt": Pbt,
}

__all__ = [
    "DEFAULT_CONFIGS",
    "EPOCHS",
    "MAX_CONFIGS",
    "MAX_EPOCHS",
    "METHODS",
    "MOST_EPOCHS",
    "AllAtOnce",
    "Brought",
    "Candidate",
    "Decision",
    "DefaultSearch",
    "End",
    "Ended",
    "GoOn",
    "Limits",
    "Measured",
    "Order",
    "Result",
    "Search",
    "Space",
    "SpaceDocument",
    "Start",
    "Stop",
    "Terms",
    "check_possible",
    "check_suitable",
    "default_search",
    "default_space",
    "epochs_by_data",
    "epochs_of",
    "limits_of",
    "open_search",
    "stated_epochs",
    "step_work",
    "takes_epochs",
    "with_epochs_of_models",
    "without_epochs",
]


def takes_epochs(search: dict[str, Any]) -> bool:
    """Return whether a space may have epochs where this is how it is searched.

    Raises:
        InvalidArgument: see ``open_search``.
    """
    return METHODS[Asked.parse(search, METHODS).method].TAKES_EPOCHS


def open_search(search: dict[str, Any], terms: Terms) -> Search:
    """Return the search that the ``search`` argument of cerebro_fit describes.

    The order and the budget of its terms are those that the argument states; a budget that the
    terms have already is kept to as well.

    Raises:
        InvalidArgument: the method or one of its options is unknown or has a wrong value.
        LimitExceeded: see ``Search``.
    """
    asked = Asked.parse(search, METHODS)
    bounds = [bound for bound in (terms.budget, asked.limits.epochs) if bound is not None]
    terms = replace(terms, order=asked.order, budget=min(bounds, default=None))
    method = METHODS[asked.method]
    check_epochs(terms, asked.method, method)
    return ruled(method(terms, asked.own), asked)
