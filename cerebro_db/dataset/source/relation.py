"""Finds the rows of a source and its columns.

The user's text runs as it was written, as a temporary view, in the caller's own session. There its
names mean what they mean to the caller; what reads the view need not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from psycopg import sql

from cerebro_db.dataset.columns import ELEMENT_SEND, SEND, Column
from cerebro_db.dataset.source.harmless import require_harmless, require_no_catalog
from cerebro_db.dataset.source.temporary import temporary_view
from cerebro_db.dataset.source.text import Source
from cerebro_db.errors import UndefinedSource, nearest
from cerebro_db.session import CallersSession, Session
from cerebro_db.session.settings import settings


@dataclass(frozen=True)
class Relation:
    """The rows of a source: a table or view by its full name, and its columns."""

    schema: str
    name: str
    oid: int
    columns: tuple[Column, ...]

    @property
    def rows(self) -> sql.Composable:
        """The rows as an item of a FROM clause, under the alias ``_source``."""
        return sql.SQL("{} as _source").format(sql.Identifier(self.schema, self.name))


@contextmanager
def opened(session: CallersSession, source: Source) -> Iterator[Relation]:
    """Find the rows of a source, without reading any, for the time of a with block.

    Raises:
        UndefinedSource: there is no such table or view.
        NotPermitted: it reads a system catalog, or calls what does more than compute.
    """
    if source.relation is not None:
        found = _find(session, source.relation, source.schema)
        require_no_catalog(found.schema, found.name)
        require_harmless(session, found.oid, query=False)
        yield found
        return
    # A line of its own: the text may end in a comment.
    query = sql.SQL("select * from (\n{}\n) as _source").format(sql.SQL(source.text))
    with temporary_view(session, "source", query, define=partial(_as_parsed, session)) as name:
        oid = session.look_up("select $1::text::regclass::oid::bigint as oid", f"pg_temp.{name}")
        found = _described(session, "pg_temp", name, oid[0]["oid"])
        require_harmless(session, found.oid, query=True)
        yield found


def primary_key(session: Session, relation: Relation) -> tuple[str, ...]:
    """Return the columns of a table's primary key; none for a view or a table without."""
    return tuple(row["name"] for row in session.look_up(_PRIMARY_KEY, relation.oid))


_COLUMNS = f"""
select
    a.attname::text as name,
    format_type(a.atttypid, a.atttypmod) as type,
    {SEND} as send,
    {ELEMENT_SEND} as element
from pg_attribute a
join pg_type t on t.oid = a.atttypid
where a.attrelid = $1::bigint::oid
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum
"""

_PRIMARY_KEY = """
select a.attname::text as name
from pg_index i
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
where i.indrelid = $1::bigint::oid and i.indisprimary
"""

# On the user's search path, so with every name in full.
_RELATION_OF_NAME = """
select
    n.nspname::pg_catalog.text as schema,
    c.relname::pg_catalog.text as name,
    c.oid::pg_catalog.int8 as oid
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
where c.relname operator(pg_catalog.=) $1::pg_catalog.text::pg_catalog.name
    and c.relkind operator(pg_catalog.=) any ('{r,v,m,f,p}'::pg_catalog."char"[])
    and case
        when $2::pg_catalog.text is null then pg_catalog.pg_table_is_visible(c.oid)
        else n.nspname operator(pg_catalog.=) $2::pg_catalog.text::pg_catalog.name
    end
"""

_RELATIONS = """
select
    n.nspname::pg_catalog.text as schema,
    c.relname::pg_catalog.text as name,
    pg_catalog.pg_table_is_visible(c.oid) as visible
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
where c.relkind operator(pg_catalog.=) any ('{r,v,m,f,p}'::pg_catalog."char"[])
    and n.nspname operator(pg_catalog.<>)
        all ('{pg_catalog,information_schema,pg_toast}'::pg_catalog.name[])
"""


@contextmanager
def _as_parsed(session: CallersSession) -> Iterator[None]:
    """Have the server take for strings what our parser takes for them, and names as the user's."""
    with settings(session, {"standard_conforming_strings": "on"}), session.users_path():
        yield


def _find(session: CallersSession, name: str, schema: str | None) -> Relation:
    with session.users_path():
        rows = session.look_up(_RELATION_OF_NAME, name, schema)
    if not rows:
        raise _undefined(session, name, schema)
    return _described(session, **rows[0])


def _described(session: Session, schema: str, name: str, oid: int) -> Relation:
    columns = tuple(
        Column(row["name"], row["type"], row["send"], row["element"] or "")
        for row in session.look_up(_COLUMNS, oid)
    )
    return Relation(schema, name, oid, columns)


def _undefined(session: CallersSession, name: str, schema: str | None) -> UndefinedSource:
    with session.users_path():
        relations = session.look_up(_RELATIONS)
    valid = [
        row["name"] if row["visible"] and schema is None else f"{row['schema']}.{row['name']}"
        for row in relations
    ]
    full_name = name if schema is None else f"{schema}.{name}"
    hint = nearest(full_name, valid)
    return UndefinedSource(
        f'table or view "{full_name}" does not exist',
        detail="No table or view of that name is on the search path."
        if schema is None
        else f'No table or view of that name is in schema "{schema}".',
        hint=hint if hint.startswith("Did") else "Name a table or view, or write one SELECT.",
    )
