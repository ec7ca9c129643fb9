"""Who calls, in which statement, and whether an answer is still wanted, asked of the backend's own
functions and variables: in a fraction of a microsecond each, where a query would take longer than
to predict a row."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple, cast

# PG_UTF8 of pg_wchar.h, a number that stays.
_UTF8 = 6


class Leaving(BaseException):
    """The session of this process is about to end: it was terminated, or its client is gone."""


class Moment(NamedTuple):
    """What a check of rights, and what was learned of the catalog, hold for.

    Args:
        role: the oid of the current role, which SET ROLE and SECURITY DEFINER change.
        statement: when the client's statement began, in the server's microseconds.
        written: what stays the same as long as the transaction writes nothing and takes nothing
            back: when it began, the number of its command, and of its part up to a savepoint.
    """

    role: int
    statement: int
    written: tuple[int, int, int]


def now() -> Moment:
    """Return the moment of the call at hand; inside of a backend only."""
    role, statement, transaction, command, part = _functions()
    # Each row asks, and the constructor would take longer than all else together.
    return tuple.__new__(Moment, (role(), statement(), (transaction(), command(0), part())))


def unwanted() -> bool:
    """Return whether Greenplum has rows enough for the query at hand, as with LIMIT.

    On segments that are still at it, statements inside of the query then find fewer rows than there
    are, or none.
    """
    finishing = _finishing()
    return finishing is not None and finishing.value


def dispatching() -> bool:
    """Return whether segments of Greenplum are at work for the session while its coordinator calls.

    For rows that come from them any statement fails, and so that Python does not survive it: where
    PL/Python begins a statement's subtransaction, nothing catches errors. The next call may end the
    server. Where a cursor is open the statement would do; nothing here tells one from the other.
    """
    at_work = _at_work()
    return at_work is not None and at_work()


def of_greenplum() -> bool:
    """Return whether this is a process of Greenplum."""
    return _at_work() is not None


def passing_rows_on() -> bool:
    """Return whether Greenplum calls ahead of a query whose other processes then take the rows.

    So it does for CREATE TABLE AS and INSERT. To be asked before any statement in which segments
    take part.
    """
    part = _part()
    return part is not None and part.value > 0


def require_staying() -> None:
    """Raise Leaving while there is time to clean up: where the server notices, it ends the process.

    PostgreSQL has known since 14 how to ask for the client; a background process has none.
    """
    server = _server()
    if ctypes.c_int.in_dll(server, "ProcDiePending").value:
        raise Leaving("the caller's session was terminated")
    check = getattr(server, "pq_check_connection", None)
    if check is None or ctypes.c_void_p.in_dll(server, "MyProcPort").value is None:
        return
    check.restype = ctypes.c_bool
    if not check():
        # The server's next look at its interrupts ends the process.
        for name in ("ClientConnectionLost", "InterruptPending"):
            ctypes.c_int.in_dll(server, name).value = 1
        raise Leaving("the caller's client is gone")


@cache
def in_utf8() -> bool:
    """Return whether the text of this process' database is UTF8."""
    return bool(_server().GetDatabaseEncoding() == _UTF8)


@contextmanager
def only_reading() -> Iterator[None]:
    """Have the server refuse inside of a with block what it refuses in a read-only transaction.

    The setting transaction_read_only would not do: it holds to the end of a subtransaction, and
    PL/Python runs each statement in one of its own.
    """
    read_only = ctypes.c_bool.in_dll(_server(), "XactReadOnly")
    before = read_only.value
    read_only.value = True
    try:
        yield
    finally:
        read_only.value = before


@cache
def _server() -> ctypes.PyDLL:
    # PyDLL keeps hold of the interpreter's lock, so nothing else of Python runs meanwhile.
    return ctypes.PyDLL(None)


@cache
def _finishing() -> ctypes.c_bool | None:
    try:
        return ctypes.c_bool.in_dll(_server(), "QueryFinishPending")
    except ValueError:
        # PostgreSQL has no such thing.
        return None


@cache
def _part() -> ctypes.c_int | None:
    try:
        # Which slice of the plan is being worked on; -1 where a plan has none, 0 at its root.
        return ctypes.c_int.in_dll(_server(), "currentSliceId")
    except ValueError:
        return None


@cache
def _at_work() -> Callable[[], bool] | None:
    try:
        function = _server().cdbcomponent_activeQEsExist
    except AttributeError:
        return None
    function.restype = ctypes.c_bool
    return cast(Callable[[], bool], function)


@cache
def _functions() -> tuple[Callable[..., int], ...]:
    server = _server()
    results = {
        "GetUserId": ctypes.c_uint32,
        "GetCurrentStatementStartTimestamp": ctypes.c_int64,
        "GetCurrentTransactionStartTimestamp": ctypes.c_int64,
        "GetCurrentCommandId": ctypes.c_uint32,
        "GetCurrentSubTransactionId": ctypes.c_uint32,
    }
    functions = []
    for name, result in results.items():
        function = getattr(server, name)
        function.restype = result
        functions.append(function)
    return tuple(functions)
