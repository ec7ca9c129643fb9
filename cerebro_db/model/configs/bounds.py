"""How large a Keras config may be, before and after it is brought into the one form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cerebro_db.errors import LimitExceeded

# Far beyond the architectures that people register, and far below what would hurt.
MAX_LAYERS = 512
MAX_CALLS = 1_024
MAX_DEPTH = 64
MAX_VALUES = 200_000


def bounded(document: Any) -> None:
    """Refuse too large documents before anything recurses into them.

    Raises:
        LimitExceeded: it is larger or deeper than the project takes.
    """
    depth, seen = 0, 0
    for values in _levels(document):
        seen, depth = seen + values, depth + 1
        if depth > MAX_DEPTH or seen > MAX_VALUES:
            raise too_large()


def too_large() -> LimitExceeded:
    """Return the error for a document that is, or would become, larger than the project takes."""
    return LimitExceeded(
        "the Keras config is too large",
        detail=f"At most {MAX_DEPTH} levels and {MAX_VALUES:,} values are admitted.",
        hint="Register a smaller architecture.",
    )


def count_values(document: Any) -> int:
    """Return how many values a document has, containers included."""
    return sum(_levels(document))


def _levels(document: Any) -> Iterator[int]:
    """Yield how many values a document has on each level."""
    level = [document]
    while level:
        yield len(level)
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
