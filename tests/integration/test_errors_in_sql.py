"""udf.errors in a real backend: what becomes of Python's exceptions on their way into SQL."""

from __future__ import annotations

import sysconfig

import psycopg
import pytest
from fix_server import Connection

FAILING = """
create function failing(exception text) returns void language plpython3u as $python$
    import sys
    {path!r} in sys.path or sys.path.insert(0, {path!r})
    from cerebro_db import errors
    from cerebro_db.udf.errors import raises_in_sql

    @raises_in_sql
    def fail(plpy):
        raise eval(exception, {{"errors": errors}})

    fail(plpy)
$python$
"""


@pytest.fixture(scope="module", autouse=True)
def failing(connection: Connection) -> None:
    """A function that raises any exception."""
    connection.execute(FAILING.format(path=sysconfig.get_path("purelib")).encode())


def test_the_projects_errors_keep_all_their_fields(connection: Connection) -> None:
    error = raised(connection, "errors.InvalidArgument('a', detail='ä', hint='ß')")
    assert (error.sqlstate, error.message_primary) == ("22023", "cerebro_db: a")
    assert (error.message_detail, error.message_hint) == ("ä", "ß")


def test_an_error_without_detail_and_hint_has_none(connection: Connection) -> None:
    error = raised(connection, "errors.InvalidArgument('a')")
    assert (error.message_detail, error.message_hint) == (None, None)


def test_an_interrupt_is_a_cancel_and_leaves_the_session_usable(connection: Connection) -> None:
    error = raised(connection, "KeyboardInterrupt()")
    assert error.sqlstate == "57014"
    assert raised(connection, "errors.InvalidArgument('b')").sqlstate == "22023"


def test_a_bug_stays_visible_as_one(connection: Connection) -> None:
    error = raised(connection, "ZeroDivisionError('b')")
    assert (error.sqlstate, error.message_primary) == ("38000", "ZeroDivisionError: b")


def raised(connection: Connection, exception: str) -> psycopg.errors.Diagnostic:
    with pytest.raises(psycopg.Error) as caught:
        connection.execute("select failing(%s)", [exception])
    return caught.value.diag
