"""Numbers in sentences: nouns that agree with them, and what stands for a number that is none."""

from __future__ import annotations

import math


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: "1 row", "5,000 rows", "1 class", "2 classes".

    Args:
        noun: what one is called, perhaps with the verb behind it ("row is").
        plural: what several are called; None appends an s.
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def ordinal(number: int) -> str:
    """Return a place in an order: "1st", "2nd", "11th"."""
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    return f"{number:,}" + {1: "st", 2: "nd", 3: "rd"}.get(last, "th")


def figure(value: float) -> str:
    """Return a measured value in four digits; "undefined" where the rows do not define it."""
    return f"{value:.4g}" if math.isfinite(value) else "undefined"
