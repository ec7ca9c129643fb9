"""Errors on their way into SQL: SQLSTATE, message, DETAIL and HINT as the error has them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from cerebro_db.errors import Unwanted
from cerebro_db.session.messages import Failure, failure_of
from cerebro_db.session.process import Leaving

Function = TypeVar("Function", bound=Callable[..., Any])

_QUERY_CANCELED = "57014"


def raises_in_sql(function: Function) -> Function:
    """Make a function whose first argument is plpy raise what users should see as SQL errors.

    These are the project's own errors, those of the user's SQL (a view that divides by zero, a
    missing right, a cancel), and those of the project's own sessions (a full disk).

    Greenplum turns each signal to cancel into a KeyboardInterrupt. While the cancel is pending, the
    server puts its own error in the place of any that leaves the function.
    """

    @wraps(function)
    def wrapped(plpy: Any, *arguments: Any) -> Any:
        try:
            try:
                return function(plpy, *arguments)
            except Unwanted:
                return None
            except Exception as error:
                raised = _raised(plpy, error)
                if raised is None:
                    raise
                raise raised from None
        except Leaving:
            # Here the server ends the process.
            plpy.execute("select")
            raise
        except KeyboardInterrupt:
            # More signals, more interrupts: one that is still queued would fail the next call in
            # this process before it begins. They strike where Python calls or loops, so let them
            # strike here, and without a loop.
            try:
                try:
                    try:
                        _nothing()
                    finally:
                        _nothing()
                finally:
                    _nothing()
            except KeyboardInterrupt:
                pass
            message = "canceling statement due to user request"
            raise _sql_error(plpy, Failure(message, _QUERY_CANCELED, None, None)) from None

    return wrapped  # type: ignore[return-value]


def _raised(plpy: Any, error: BaseException) -> Exception | None:
    """Return the SQL error that users should see for an exception, None for one of Python's own."""
    failure = failure_of(error)
    return None if failure is None else _sql_error(plpy, failure)


def _nothing() -> None:
    pass


def _sql_error(plpy: Any, failure: Failure) -> Exception:
    """Return what PL/Python turns into the SQL error.

    It writes the name of an exception's class before the message, with the module unless that is
    builtins. The other fields it takes from the attributes of a plpy.Error, or, in PostgreSQL 9.4,
    from a tuple that only a plpy.SPIError has.
    """
    takes_attributes = hasattr(plpy, "commit")
    base = plpy.Error if takes_attributes else plpy.SPIError
    raised: Any = type("cerebro_db", (base,), {"__module__": "builtins"})(failure.message)
    detail, hint = failure.detail, failure.hint
    if takes_attributes:
        raised.sqlstate, raised.detail, raised.hint = failure.sqlstate, detail, hint
    else:
        query, position = None, 0
        raised.spidata = (_code(failure.sqlstate), detail, hint, query, position)
    return raised


def _code(sqlstate: str) -> int:
    """Return an error code as the server has it: five characters of six bits (elog.h)."""
    return sum((ord(character) - ord("0")) << 6 * place for place, character in enumerate(sqlstate))
