"""Temporary views and tables of the caller.

A view is a query whose names are looked up once, where it is defined, on whatever search path it is
then read.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

from psycopg import sql

from cerebro_db.session import Session

_numbers = itertools.count(1)


@contextmanager
def temporary_view(
    session: Session,
    kind: str,
    query: sql.Composable,
    *,
    define: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Iterator[str]:
    """Have a query as a view of schema pg_temp inside of a with block, of the name that this gives.

    Args:
        kind: what the name says that it is.
        define: in what context the query's names are looked up.
    """
    name = temporary_name(kind)
    create = sql.SQL("create temporary view {} as {}").format(sql.SQL(name), query)
    with define():
        session.execute(create.as_string(None))
    with dropped(session, f"view pg_temp.{name}"):
        yield name


@contextmanager
def dropped(session: Session, what: str) -> Iterator[None]:
    """Drop a temporary object when a with block ends, as SQL names it."""
    try:
        yield
    except Exception:
        # After an SQL error the transaction may refuse the statement: its end drops the object. A
        # KeyboardInterrupt is Greenplum's cancel, after which a statement would not come back.
        with suppress(Exception):
            session.execute(f"drop {what}")
        raise
    session.execute(f"drop {what}")


def temporary_name(kind: str) -> str:
    """Return a name that no temporary table or view of this session has; it needs no quotes."""
    return f"_cerebro_{kind}_{next(_numbers)}"


def store_external(session: Session, table: str) -> None:
    """Compress nothing in a temporary table: its rows are read two or three times only."""
    for row in session.look_up(_COMPRESSIBLE, table):
        session.execute(f"alter table {table} alter column {row['name']} set storage external")


_COMPRESSIBLE = """
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm')
"""
