"""The table that cerebro_predict_table writes: a new one, or one that is there, filled anew.

A table that is there keeps its rows until all predictions are made: these rest in a temporary table
meanwhile. So a source may read the very table, and others wait for it no longer than copying takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import sql

from cerebro_db.context import Context
from cerebro_db.dataset.source.temporary import dropped, temporary_name
from cerebro_db.dataset.source.text import named_relation
from cerebro_db.errors import DuplicateTable, InvalidArgument, nearest

# On the user's search path, so with every name in full.
_SCHEMA = "select pg_catalog.current_schema() as schema"

_SCHEMAS = "select nspname::text as name from pg_namespace order by 1"

_FOUND = """
select c.oid::bigint as oid, c.relkind::text as kind
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relname = $1::text::name
    and case $2::text
        when 'pg_temp' then n.oid = pg_my_temp_schema()
        else n.nspname = $2::text::name
    end
"""

_COLUMNS = """
select attname::text as name, format_type(atttypid, atttypmod) as type
from pg_attribute
where attrelid = $1::bigint::oid and attnum > 0 and not attisdropped
"""

# Plain and partitioned.
_TABLES = ("r", "p")


@dataclass(frozen=True)
class OutputTable:
    """A table by its full name; ``oid`` is that of one that is there, to be filled anew."""

    name: sql.Identifier
    oid: int | None


def find(context: Context, output: str, *, replace: bool) -> OutputTable:
    """Return the table that the argument ``output`` names.

    Raises:
        InvalidArgument: it is no name of a table, its schema is not there, or it names a view.
        DuplicateTable: the table is there and is not to be replaced.
    """
    named = named_relation(output)
    if named is None:
        raise InvalidArgument(
            "output must be the name of a table",
            detail=f"It is {output[:100]!r}.",
            hint="Write 'predictions' or 'my_schema.predictions'.",
        )
    schema, relation = named
    if schema is None:
        with context.caller.users_path():
            schema = context.caller.fetch(_SCHEMA)[0]["schema"]
    if schema is None:
        raise InvalidArgument(
            "there is no schema to create the output in",
            detail="No schema of the search path exists.",
            hint=f"Write 'my_schema.{output.strip()}'.",
        )
    schemas = [row["name"] for row in context.caller.look_up(_SCHEMAS)]
    schemas.append("pg_temp")
    if schema not in schemas:
        raise InvalidArgument(
            f'schema "{schema}" does not exist',
            detail=f"output is {output[:100]!r}.",
            hint=nearest(schema, schemas),
        )
    name = sql.Identifier(schema, relation)
    there = context.caller.look_up(_FOUND, relation, schema)
    if not there:
        return OutputTable(name, None)
    if there[0]["kind"] not in _TABLES:
        raise InvalidArgument(
            f"output {name.as_string(None)} exists and is no table",
            detail="Predictions are written into a table.",
            hint="Name another one.",
        )
    if not replace:
        raise DuplicateTable(
            f"table {name.as_string(None)} exists already",
            detail="Bulk prediction writes a table of its own.",
            hint="Say replace := true to fill it anew, or name another one.",
        )
    return OutputTable(name, there[0]["oid"])


@contextmanager
def filled(
    context: Context, table: OutputTable, columns: Mapping[str, str]
) -> Iterator[sql.Composable]:
    """Have a table to insert into inside of a with block, at whose end the output has its rows.

    Args:
        columns: types by name, in their order.

    Raises:
        DuplicateTable: the table that is there has other columns.
    """
    if table.oid is None:
        _create(context, "table", table.name, columns)
        yield table.name
        return
    _require_columns(context, table, columns)
    name = temporary_name("output")
    resting = sql.SQL(f"pg_temp.{name}")
    _create(context, "temporary table", resting, columns)
    with dropped(context.caller, f"table pg_temp.{name}"):
        yield resting
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        insert = sql.SQL("insert into {} ({}) select {} from {}")
        # Triggers, policies and defaults of the table are the user's SQL.
        with context.caller.users_path():
            context.caller.execute(sql.SQL("truncate {}").format(table.name).as_string(None))
            context.caller.execute(
                insert.format(table.name, listed, listed, resting).as_string(None)
            )


def _create(context: Context, kind: str, name: sql.Composable, columns: Mapping[str, str]) -> None:
    statement = sql.SQL("create {} {} as select {} limit 0 {}").format(
        sql.SQL(kind),
        name,
        sql.SQL(", ").join(
            sql.SQL("null::{} as {}").format(sql.SQL(type_), sql.Identifier(column))
            for column, type_ in columns.items()
        ),
        sql.SQL(context.server.distribution),
    )
    context.caller.execute(statement.as_string(None))


def _require_columns(context: Context, table: OutputTable, columns: Mapping[str, str]) -> None:
    found = {row["name"]: row["type"] for row in context.caller.look_up(_COLUMNS, table.oid)}
    if found != columns:
        raise DuplicateTable(
            f"table {table.name.as_string(None)} has other columns than these predictions",
            detail=f"It has {_listed(found)}. Due are {_listed(columns)}.",
            hint="Drop it, or name another one.",
        )


def _listed(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {type_}" for name, type_ in columns.items())
