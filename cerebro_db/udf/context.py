"""The context of a call, made of what PL/Python gives to a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from cerebro_db.context import Context
from cerebro_db.session.backend import BackendSession
from cerebro_db.session.process import now, of_greenplum, require_staying
from cerebro_db.store.versions import require_version
from cerebro_db.udf.errors import raises_in_sql

_CALL = """
select current_user::pg_catalog.text as role, extversion as extension
from pg_catalog.pg_extension
where extname operator(pg_catalog.=) 'cerebro_db'
"""

_UNTRANSLATABLE = "22P05"

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def verb(
    function: Callable[Concatenate[Context, Given], Answer],
) -> Callable[Concatenate[Any, Given], Answer]:
    """Make a function of a context and of SQL arguments one of plpy and of these.

    It runs with a search path of our own, and raises what users should see as SQL errors.
    """

    @wraps(function)
    def called(plpy: Any, *arguments: Given.args, **named: Given.kwargs) -> Answer:
        caller = BackendSession(plpy)
        with caller.pinned():
            return function(_context(plpy, caller), *arguments, **named)

    return raises_in_sql(called)


def context_of(plpy: Any) -> Context:
    """Return the context of the call at hand, on the caller's search path: for batches of rows.

    Raises:
        WrongVersion: extension and package do not fit together.
    """
    return _context(plpy, BackendSession(plpy))


def _context(plpy: Any, caller: BackendSession) -> Context:
    # Role and moment come from the server and not from arguments, which a caller could forge.
    call = caller.look_up(_CALL)[0]
    require_version(call["extension"])
    return Context(caller, _heard(plpy, plpy.notice), _heard(plpy, plpy.info), call["role"], now())


def _heard(plpy: Any, say: Callable[[str], None]) -> Callable[[str], None]:
    """Make a function tell a line to clients of every encoding.

    Where the client's has not all letters the server refuses the line, for which no work should be
    lost: then they are spelled out. A cancel that strikes meanwhile goes on its way; on Greenplum,
    which says of no error here what it is, it comes once more as a KeyboardInterrupt. To a client
    that is gone nothing is told: the server would end the process at once.
    """

    def tell(line: str) -> None:
        if not of_greenplum():
            require_staying()
        try:
            say(line)
        except plpy.Error as error:
            if getattr(error, "sqlstate", _UNTRANSLATABLE) != _UNTRANSLATABLE:
                raise
            say(line.encode("ascii", "backslashreplace").decode())

    return tell
