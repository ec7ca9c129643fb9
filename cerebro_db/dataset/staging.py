"""Stages rows on one server: reads a source exactly once, into a temporary table of the caller's
session, in batches and in their final order.

One row of the table is a batch: all its numbers as one matrix, and an array for each other column.
A source is sorted by a hash of each row's number, of which the first bits are the batch; so a batch
is a random part of the rows, in random order, and what is sorted is never held in memory at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from psycopg import sql

from cerebro_db.dataset.columns import FLOAT_FORMS
from cerebro_db.dataset.extract import (
    array_bytes,
    array_value,
    float_type,
    float_value,
    labels_value,
    text_value,
)
from cerebro_db.dataset.local import CATEGORY_BITS, LocalStaged, dimensions_name
from cerebro_db.dataset.plan import KEY, Plan, feature_name, target_name
from cerebro_db.dataset.source import Relation
from cerebro_db.dataset.staging_sql import category, seed_mask, source_rows
from cerebro_db.dataset.temporary import temporary_name
from cerebro_db.session import CallersSession, Session
from cerebro_db.session.settings import settings

# Rows are shuffled into so many batches, few enough to be large where there are many rows, and
# enough to be small where there are very many.
_SHUFFLED_BITS = 10

# A hash table of all batches would not fit into memory; the sort stays within its own.
_SORTING = {"enable_hashagg": "off", "work_mem": "128MB"}


def stage(session: CallersSession, plan: Plan) -> LocalStaged:
    """Read a source into a temporary table, shuffled and split as planned."""
    return LocalStaged.of(session, plan, stored(session, _batches(plan), _SORTING))


def stored(session: CallersSession, rows: sql.Composable, values: Mapping[str, str]) -> str:
    """Read a query of users' rows into a temporary table; return its name as SQL.

    Args:
        rows: the query. It runs on the user's search path, where functions of users expect to run,
            so it names all else by its schema. (To define it as a view on our path would lock the
            extension's functions against DROP EXTENSION until the caller's transaction ends.)
        values: settings for that time.
    """
    name = temporary_name("staged")
    query = rows.as_string(None)
    session.execute(f"create temporary table {name} as {query} with no data")
    table = f"pg_temp.{name}"
    store_external(session, table)
    with settings(session, values), session.users_sql():
        session.execute(f"insert into {table} {query}")
    return table


def store_external(session: Session, table: str) -> None:
    """Compress nothing in a staged table: its rows are read two or three times only."""
    for row in session.fetch(_COMPRESSIBLE, table):
        session.execute(f"alter table {table} alter column {row['name']} set storage external")


_COMPRESSIBLE = """
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm')
"""


def _batches(plan: Plan) -> sql.Composable:
    """Return the query of the staged table's rows."""
    columns = kept(plan)
    hashed = sql.SQL("pg_catalog.hashint8(ordinal operator(pg_catalog.#) {})").format(
        sql.Literal(seed_mask(plan.seed))
    )
    # What is sorted by stands before what is of variable length: it is found faster there.
    return sql.SQL(
        "select batch, pg_catalog.count(*) as rows, {aggregates} from ("
        "select ({category}::bigint operator(pg_catalog.<<) {bits}) operator(pg_catalog.+)"
        " (({hashed}::bigint operator(pg_catalog.+) {least}) operator(pg_catalog.>>) {shift})"
        " as batch, {hashed} as hash, ordinal, {values} from ("
        "select pg_catalog.row_number() over () as ordinal, * from ({source}) as source_rows"
        ") as numbered"
        " order by batch, hash, ordinal) as ordered group by batch"
    ).format(
        aggregates=_listed(sql.SQL("{} as {}").format(one.aggregate, one.name) for one in columns),
        category=category(plan),
        bits=sql.Literal(CATEGORY_BITS),
        hashed=hashed,
        least=sql.Literal(1 << 31),
        shift=sql.Literal(32 - _SHUFFLED_BITS),
        values=_listed(sql.SQL("{} as {}").format(one.value, one.name) for one in columns),
        source=source_rows(plan),
    )


@dataclass(frozen=True)
class Kept:
    """What is kept of each row under a name, and the aggregate of that which is staged."""

    name: sql.SQL
    value: sql.Composable
    aggregate: sql.Composable


def kept(plan: Plan) -> list[Kept]:
    """Return all that is kept of a plan's rows."""
    found: list[Kept] = []
    floats: list[sql.Composable] = []
    sends: list[str] = []

    def keep(name: str, value: sql.Composable, aggregate: str = "pg_catalog.array_agg({})") -> None:
        found.append(Kept(sql.SQL(name), value, sql.SQL(aggregate).format(sql.SQL(name))))

    for index, (column, form) in enumerate(plan.features):
        name = feature_name(index)
        value = sql.SQL(name)
        if form in FLOAT_FORMS:
            floats.append(float_value(column, value))
            # Rows of another source may have wider numbers in the same column.
            sends.append("" if isinstance(plan.validation, Relation) else column.send)
        elif form == "text":
            keep(name, text_value(column, value))
        elif form == "bytes":
            keep(name, sql.SQL("{}::pg_catalog.bytea").format(value))
        else:
            keep(name, array_value(column, value))
            dimensions = sql.SQL("pg_catalog.array_ndims({})").format(value)
            keep(dimensions_name(index), dimensions, "pg_catalog.max({})")
    for index, column in enumerate(plan.targets):
        target: sql.Composable = sql.SQL(target_name(index))
        if column.send == "array_send":
            # An array of arrays would have to be even.
            target = sql.SQL("({})::pg_catalog.text").format(labels_value(target))
        keep(target_name(index), target)
    if plan.key is not None:
        keep(KEY, sql.SQL(KEY))
    if floats:
        matrix = sql.SQL("array[{}]::{}").format(_listed(floats), float_type(sends))
        keep("floats", matrix, array_bytes(sql.SQL("pg_catalog.array_agg({})")).as_string(None))
    return found


def _listed(items: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(items)
