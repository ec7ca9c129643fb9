"""Reads the argument ``source``: a table or view, or one SELECT; and what columns it has.

The user's text runs as it was written, as a subquery, in the caller's own session.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import sqlglot
from psycopg import sql
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from cerebro_db.dataset.columns import ELEMENT_SEND, SEND, Column
from cerebro_db.errors import InvalidSource, UndefinedSource, nearest
from cerebro_db.session import Session

_IDENTIFIER = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_RELATION = re.compile(rf"\s*({_IDENTIFIER})(?:\s*\.\s*({_IDENTIFIER}))?\s*;?\s*")
_LIST = re.compile(rf"\s*{_IDENTIFIER}\s*(?:,\s*{_IDENTIFIER}\s*)*")

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Source:
    """Rows to read: a relation (``schema`` is None: found on the search path) or a query."""

    text: str
    relation: str | None = None
    schema: str | None = None

    @property
    def rows(self) -> sql.Composable:
        """The rows as an item of a FROM clause, under the alias ``_source``."""
        if self.relation is not None:
            path = [self.relation] if self.schema is None else [self.schema, self.relation]
            return sql.SQL("{} as _source").format(sql.Identifier(*path))
        # A line of its own: the text may end in a comment.
        return sql.SQL("(\n{}\n) as _source").format(sql.SQL(self.text))


def parse_source(text: str) -> Source:
    """Return what the text of a source names.

    Raises:
        InvalidSource: it is neither the name of a relation nor exactly one query.
    """
    if match := _RELATION.fullmatch(text):
        first, second = match.groups()
        if second is None:
            return Source(text.strip(), relation=fold(first))
        return Source(text.strip(), relation=fold(second), schema=fold(first))
    return Source(_one_query(text))


def fold(identifier: str) -> str:
    """Return the name that an identifier means in SQL: as quoted, or in lower case."""
    if identifier.startswith('"'):
        return identifier[1:-1].replace('""', '"')
    # PostgreSQL folds ASCII letters only in a multi-byte encoding.
    return re.sub("[A-Z]+", lambda letters: letters[0].lower(), identifier)


def split_identifiers(text: str) -> list[str] | None:
    """Return the names in a comma-separated list of SQL identifiers; None if it is none."""
    if not _LIST.fullmatch(text):
        return None
    return [fold(identifier) for identifier in re.findall(_IDENTIFIER, text)]


def describe(session: Session, source: Source) -> tuple[Column, ...]:
    """Return the columns of a source, without running it.

    Raises:
        UndefinedSource: there is no such table or view.
    """
    if source.relation is not None:
        _require_relation(session, source)
    # A view tells the columns of a query without running it and without storing anything.
    name = f"_cerebro_shape_{next(_numbers)}"
    create = sql.SQL("create temporary view {} as select * from {}")
    session.execute(create.format(sql.Identifier(name), source.rows).as_string(None))
    rows = session.fetch(_COLUMNS, name)
    session.execute(f"drop view pg_temp.{name}")
    return tuple(
        Column(row["name"], row["type"], row["send"], row["element"] or "") for row in rows
    )


def primary_key(session: Session, source: Source) -> tuple[str, ...]:
    """Return the columns of a table's primary key; none for a view, a query or a table without."""
    if source.relation is None:
        return ()
    path = [source.relation] if source.schema is None else [source.schema, source.relation]
    rows = session.fetch(_PRIMARY_KEY, sql.Identifier(*path).as_string(None))
    return tuple(row["name"] for row in rows)


_COLUMNS = f"""
select
    a.attname::text as name,
    format_type(a.atttypid, a.atttypmod) as type,
    {SEND} as send,
    {ELEMENT_SEND} as element
from pg_attribute a
join pg_type t on t.oid = a.atttypid
where a.attrelid = ('pg_temp.' || $1)::regclass
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum
"""

_PRIMARY_KEY = """
select a.attname::text as name
from pg_index i
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
where i.indrelid = $1::text::regclass and i.indisprimary
"""

_RELATIONS = """
select n.nspname::text as schema, c.relname::text as name, pg_table_is_visible(c.oid) as visible
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'v', 'm', 'f', 'p')
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
"""


def _one_query(text: str) -> str:
    try:
        tokens = sqlglot.tokenize(text, read="postgres")
        while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
            text = text[: tokens.pop().start]
        statements = [statement for statement in sqlglot.parse(text, read="postgres") if statement]
    except SqlglotError as error:
        raise InvalidSource(
            "source cannot be read as a SELECT",
            detail=_place(error),
            hint="Name a table or view, or write one SELECT. A view of the query also works.",
        ) from error
    if len(statements) != 1:
        raise InvalidSource(
            "source must be one SELECT",
            detail=f"It holds {len(statements)} statements.",
            hint="Name a table or view, or write one SELECT.",
        )
    statement = statements[0]
    writes = statement.find(*_WRITES)
    if isinstance(statement, exp.Query | exp.Values) and writes is None:
        return text
    if writes is None and not isinstance(statement, exp.DDL | exp.Command | exp.DML | exp.Drop):
        raise InvalidSource(
            "source is neither the name of a table or view nor a SELECT",
            detail=f"It is {text!r}.",
            hint=f"To read it, write: select * from {text}",
        )
    raise InvalidSource(
        "source must be a SELECT that only reads",
        detail=f"It holds {(writes or statement).key.upper()}.",
        hint="Name a table or view, or write one SELECT.",
    )


# What a query may hold and still change something, if only locks.
_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into, exp.Lock)


def _place(error: SqlglotError) -> str:
    """Return where a text stops being SQL, without the parser's own words for it."""
    where = next(iter(getattr(error, "errors", [])), None)
    if not where or not where.get("line"):
        return "It is not SQL as PostgreSQL has it."
    near = where.get("highlight") or ""
    return f'It stops being SQL in line {where["line"]}, column {where["col"]}, near "{near}".'


def _require_relation(session: Session, source: Source) -> None:
    relations = session.fetch(_RELATIONS)
    if any(
        row["name"] == source.relation
        and (row["visible"] if source.schema is None else row["schema"] == source.schema)
        for row in relations
    ):
        return
    name = source.relation if source.schema is None else f"{source.schema}.{source.relation}"
    valid = [
        row["name"]
        if row["visible"] and source.schema is None
        else f"{row['schema']}.{row['name']}"
        for row in relations
    ]
    hint = nearest(str(name), valid)
    raise UndefinedSource(
        f'table or view "{name}" does not exist',
        detail="No table or view of that name is on the search path."
        if source.schema is None
        else f'No table or view of that name is in schema "{source.schema}".',
        hint=hint if hint.startswith("Did") else "Name a table or view, or write one SELECT.",
    )
