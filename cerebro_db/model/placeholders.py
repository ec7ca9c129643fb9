"""``"${name}"`` in a Keras config: a string that is exactly that stands for a value given later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cerebro_db.errors import InvalidArgument, nearest

# Filled from the dataset, so that nobody has to give them.
BUILT_IN = {
    "outputs": "units of the dataset's output",
    "input_shape": "batch_shape of the input that an InputLayer stands for",
    "vocabulary": "one more than the largest id in the model's inputs",
}

_PATTERN = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,62})\}")


def placeholder(value: Any) -> str | None:
    """Return the name in a placeholder, or None for any other value."""
    match = _PATTERN.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else None


def placeholders(document: Any) -> tuple[str, ...]:
    """Return the names of a document's placeholders without the built-in ones, in order."""
    return tuple(name for name in dict.fromkeys(_names(document)) if name not in BUILT_IN)


def uses(document: Any, name: str) -> bool:
    """Return whether a document has a placeholder of that name."""
    return name in _names(document)


def fill(document: Any, values: dict[str, Any]) -> Any:
    """Return the document with each placeholder replaced by its value, whatever its type.

    Raises:
        InvalidArgument: a placeholder has no value.
    """
    name = placeholder(document)
    if name is not None:
        if name not in values:
            raise InvalidArgument(
                f'the placeholder "${{{name}}}" has no value',
                detail="Values are given for: " + (", ".join(values) or "none") + ".",
                hint=nearest(name, values) or f'Give "{name}" a value in the model or the space.',
            )
        return values[name]
    if isinstance(document, dict):
        return {key: fill(value, values) for key, value in document.items()}
    if isinstance(document, list):
        return [fill(value, values) for value in document]
    return document


def _names(document: Any) -> Iterator[str]:
    name = placeholder(document)
    if name is not None:
        yield name
    elif isinstance(document, dict):
        for value in document.values():
            yield from _names(value)
    elif isinstance(document, list):
        for value in document:
            yield from _names(value)
