"""The ``search`` argument of cerebro_fit: which method, what all methods have, what is its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.search._base import ORDERS, Order, Search
from cerebro_db.words import counted

COMMON = ("order", "epochs", "seconds", "prune", "early_stopping")
"""Options of all methods; "prune" and "early_stopping" are read where they are applied."""

# So many epochs or seconds nobody sees the end of; numbers beyond are slips.
_MOST = 10**12


@dataclass(frozen=True)
class Limits:
    """What a search may use up in all; None: no bound.

    Args:
        epochs: of all trials together. The method keeps to it.
        seconds: of wall time. Whoever drives the run keeps to it: a method knows no clock.
    """

    epochs: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Asked:
    """A ``search`` argument, read.

    Args:
        method: the method's name.
        order: what decisions may depend on.
        limits: what it may use up.
        prune, early_stopping: as stated, None where they are not.
        own: the method's own options.
    """

    method: str
    order: Order
    limits: Limits
    prune: Any
    early_stopping: Any
    own: dict[str, Any]

    @classmethod
    def parse(cls, document: Mapping[str, Any], methods: Mapping[str, type[Search]]) -> Asked:
        """Read the argument.

        Raises:
            InvalidArgument: the method or an option is unknown, or an option of all methods has a
                wrong value.
        """
        name = document.get("method", "grid")
        if not isinstance(name, str) or name not in methods:
            raise InvalidArgument(
                f"unknown search method: {json.dumps(name)}",
                detail="The methods are " + ", ".join(methods) + ".",
                hint=nearest(str(name), methods),
            )
        own = methods[name].OPTIONS
        for option in document:
            if option not in ("method", *own, *COMMON):
                raise InvalidArgument(
                    f'search method "{name}" has no option "{option}"',
                    detail="Its options: " + ", ".join((*own, *COMMON)) + ".",
                    hint=nearest(option, ["method", *own, *COMMON]),
                )
        return cls(
            name,
            _order(name, methods, document),
            limits_of(document),
            document.get("prune"),
            document.get("early_stopping"),
            {option: document[option] for option in own if option in document},
        )


def limits_of(document: Mapping[str, Any]) -> Limits:
    """Return what the search that a ``search`` argument describes may use up.

    Raises:
        InvalidArgument: "epochs" is no positive whole number, or "seconds" no positive number.
    """
    seconds: Any = document.get("seconds")
    if "seconds" in document:
        if not _is_number(seconds) or seconds <= 0:
            raise wrong(document, "seconds", "a positive number", 600)
        seconds = float(seconds)
    epochs = whole(document, "epochs", 0, example=400) if "epochs" in document else None
    return Limits(epochs, seconds)


def whole(
    options: Mapping[str, Any], name: str, default: int, least: int = 1, example: int | None = None
) -> int:
    """Return the whole number that an option has, or its default.

    Raises:
        InvalidArgument: it is something else, or smaller than ``least``.
    """
    value = options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _MOST:
        must = "a positive integer" if least == 1 else f"an integer of at least {least}"
        raise wrong(options, name, must, default if example is None else example)
    return value


def share(options: Mapping[str, Any], name: str, default: float, most: float = 1) -> float:
    """Return the number between 0 and ``most`` that an option has, or its default.

    Raises:
        InvalidArgument: it is something else.
    """
    value = options.get(name, default)
    if not _is_number(value) or not 0 < value <= most:
        raise wrong(options, name, f"a number above 0, {most:g} at most", default)
    return float(value)


def number(options: Mapping[str, Any], name: str, default: float) -> float:
    """Return the number that an option has, or its default.

    Raises:
        InvalidArgument: it is something else.
    """
    value = options.get(name, default)
    if not _is_number(value):
        raise wrong(options, name, "a number", default)
    return float(value)


def wrong(options: Mapping[str, Any], name: str, must: str, example: Any) -> InvalidArgument:
    """Return the error that says what an option has to be."""
    return InvalidArgument(
        f'option "{name}" of a search must be {must}',
        detail=f"It is {json.dumps(options.get(name))}.",
        hint=f"Write {json.dumps({name: example})[1:-1]}, or leave it out for the default.",
    )


def _order(name: str, methods: Mapping[str, type[Search]], document: Mapping[str, Any]) -> Order:
    known = methods[name].ORDERS
    stated = document.get("order", known[0])
    if not isinstance(stated, str) or stated not in ORDERS:
        raise wrong(document, "order", 'one of "strict" and "free"', known[0])
    if stated in known:
        return stated
    others = [other for other in ("halving", "hyperband") if stated in methods[other].ORDERS]
    raise InvalidArgument(
        f'search method "{name}" has no order "{stated}"',
        detail="What it decides depends on the order in which results arrive."
        if stated == "strict"
        else f"Its {counted(len(known), 'order is', 'orders are')} {', '.join(known)}.",
        hint=f'Take {" or ".join(others)}, or write "order": "{known[0]}".',
    )


def _is_number(value: Any) -> bool:
    # Where not a number, it is not below the bound either.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _MOST
