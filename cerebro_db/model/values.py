"""Checks of single values: each takes a value that came from JSON and the place where it stood,
and returns it in canonical form or raises InvalidArgument. Families and the allow-list are built of
them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.words import counted

Check = Callable[[Any, str], Any]

# More than any single argument of a layer has been seen to need; see also admission limits.
MAX_UNITS = 65_536


def is_number(value: Any) -> bool:
    """Return whether a value is a number, and not larger than any that somebody may mean."""
    # Python's integers may be too large for a float.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e100


def integer(low: int, high: int) -> Check:
    """Accept whole numbers from ``low`` to ``high``; 64.0 is taken as 64, true is refused."""

    def check(value: Any, where: str) -> int:
        if not is_number(value) or value != int(value) or not low <= value <= high:
            raise refused(where, f"an integer from {low:,} to {high:,}", value)
        return int(value)

    return check


def number(low: float = -math.inf, high: float = math.inf, *, above: bool = False) -> Check:
    """Accept finite numbers from ``low`` up to ``high``, ``low`` itself only without ``above``.

    A finite ``high`` is itself refused: rates and probabilities are below 1.
    """
    wanted = "a number"
    if low > -math.inf:
        wanted += f" above {low:g}" if above else f" of at least {low:g}"
    if high < math.inf:
        wanted += f"{' and' if low > -math.inf else ''} below {high:g}"

    def check(value: Any, where: str) -> float:
        if not is_number(value) or not low <= value < high or (above and value == low):
            raise refused(where, wanted, value)
        return float(value)

    return check


def flag(value: Any, where: str) -> bool:
    """Accept true and false."""
    if not isinstance(value, bool):
        raise refused(where, "true or false", value)
    return value


def text(value: Any, where: str) -> str:
    """Accept texts; what they may say depends on more than the value."""
    if not isinstance(value, str):
        raise refused(where, "a text", value)
    return value


def choice(*names: str) -> Check:
    """Accept one of the names."""

    def check(value: Any, where: str) -> str:
        if not isinstance(value, str) or value not in names:
            hint = nearest(value, names) if isinstance(value, str) else ""
            raise refused(where, "one of " + ", ".join(names), value, hint=hint)
        return value

    return check


def list_of(item: Check, least: int, most: int) -> Check:
    """Accept lists of ``least`` to ``most`` values that pass ``item``."""
    size = counted(least, "value") if least == most else f"{least} to {most} values"

    def check(value: Any, where: str) -> list[Any]:
        if not isinstance(value, list | tuple) or not least <= len(value) <= most:
            hint = f'In a search space, list the lists: {{"{where}": [[64], [128, 64]]}}.'
            raise refused(where, f"a list of {size}", value, hint=hint)
        return [item(element, f"{where}[{i}]") for i, element in enumerate(value)]

    return check


def optional(item: Check) -> Check:
    """Accept null, and what ``item`` accepts."""

    def check(value: Any, where: str) -> Any:
        return None if value is None else item(value, where)

    return check


def refused(where: str, wanted: str, value: Any, *, hint: str = "") -> InvalidArgument:
    """Return the error for a value that may not stand at ``where``."""
    return InvalidArgument(
        f"{where} must be {wanted}",
        detail=f"Found {shown(value)}.",
        hint=hint or f"Give {where} a value that is {wanted}.",
    )


def shown(value: Any) -> str:
    """Return a value as JSON, cut to what fits a message."""
    text = json.dumps(value, default=repr)
    return text if len(text) <= 100 else text[:97] + "..."
