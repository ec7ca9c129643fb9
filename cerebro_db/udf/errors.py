"""Errors on their way into SQL: SQLSTATE, message, DETAIL and HINT as the error has them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from cerebro_db.errors import CerebroError

Function = TypeVar("Function", bound=Callable[..., Any])


def raises_in_sql(function: Function) -> Function:
    """Make a function whose first argument is plpy raise the project's errors as SQL errors."""

    @wraps(function)
    def wrapped(plpy: Any, *arguments: Any) -> Any:
        try:
            return function(plpy, *arguments)
        except CerebroError as error:
            given = {"detail": error.detail, "hint": error.hint}
            plpy.error(
                error.message,
                sqlstate=error.sqlstate,
                **{name: text for name, text in given.items() if text},
            )

    return wrapped  # type: ignore[return-value]
