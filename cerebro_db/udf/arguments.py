"""Arguments of SQL functions: what cannot be NULL, and what has to be JSON of a kind."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from cerebro_db.errors import InvalidArgument
from cerebro_db.udf.documents import read_json

Value = TypeVar("Value")


def given(value: Value | None, name: str) -> Value:
    """Return an argument that cannot be NULL."""
    if value is None:
        raise InvalidArgument(
            f"{name} cannot be NULL",
            detail=f"The argument {name} is NULL.",
            hint=f"State {name}.",
        )
    return value


def names_of(features: list[Any]) -> tuple[str, ...]:
    """Return a list of column names."""
    if not features or not all(isinstance(name, str) for name in features):
        raise InvalidArgument(
            "features must be a list of column names",
            detail=f"It is {json.dumps(features)}.",
            hint="Leave features out to use all columns but the target.",
        )
    return tuple(features)


def object_of(
    document: str | None, name: str, default: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return a JSON argument that has to be an object; the default if it is NULL."""
    value = (default or {}) if document is None else read_json(document, name)
    if not isinstance(value, dict):
        raise InvalidArgument(
            f"{name} must be a JSON object",
            detail=f"It is {json.dumps(value)[:100]}.",
            hint=f"Write {name} := '{{...}}'.",
        )
    return value
