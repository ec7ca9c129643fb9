"""Errors on their way into SQL: SQLSTATE, message, DETAIL and HINT as the error has them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import psycopg

from cerebro_db.errors import CerebroError

Function = TypeVar("Function", bound=Callable[..., Any])


def raises_in_sql(function: Function) -> Function:
    """Make a function whose first argument is plpy raise what users should see as SQL errors.

    These are the project's own errors, those of the user's SQL (a view that divides by zero, a
    missing right, a cancel), and those of the project's own sessions (a full disk).
    """

    @wraps(function)
    def wrapped(plpy: Any, *arguments: Any) -> Any:
        try:
            return function(plpy, *arguments)
        except CerebroError as error:
            raise _sql_error(
                plpy, error.message, error.sqlstate, error.detail, error.hint
            ) from None
        except plpy.SPIError as error:
            code, detail, hint, *_ = error.spidata
            raise _sql_error(plpy, str(error), _sqlstate(code), detail, hint) from None
        except psycopg.Error as error:
            diag = error.diag
            message = diag.message_primary or str(error).strip()
            raise _sql_error(
                plpy, message, error.sqlstate or "08006", diag.message_detail, diag.message_hint
            ) from None

    return wrapped  # type: ignore[return-value]


def _sql_error(
    plpy: Any, message: str, sqlstate: str, detail: str | None, hint: str | None
) -> Exception:
    """Return what PL/Python turns into the SQL error.

    It writes the name of an exception's class before the message, with the module unless that is
    builtins, and takes the other fields from the attributes of a plpy.Error.
    """
    kind = type("cerebro_db", (plpy.Error,), {"__module__": "builtins"})
    raised: Exception = kind(message)
    for name, text in {"sqlstate": sqlstate, "detail": detail, "hint": hint}.items():
        setattr(raised, name, text or None)
    return raised


def _sqlstate(code: int) -> str:
    """Return an error code of the server as text: five characters of six bits (elog.h)."""
    return "".join(chr((code >> 6 * place & 0x3F) + ord("0")) for place in range(5))
