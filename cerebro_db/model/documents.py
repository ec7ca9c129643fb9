"""Dataclasses out of JSON, in which a number has no type and a tuple is a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any


def declared(cls: type, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a dataclass as a document has them, in the types that are declared.

    A field that an earlier release did not write is left out, for its default. The class declares
    its types as text (``from __future__ import annotations``).

    A float of 1e16 or more is an integer once jsonb has stored it, and one beyond 64 bits is an
    object to numpy.
    """
    return {
        field.name: _typed(document[field.name], "float" in str(field.type))
        for field in fields(cls)
        if field.name in document
    }


def _typed(value: Any, number: bool) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_typed(item, number) for item in value)
    if number and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
