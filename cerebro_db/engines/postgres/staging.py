"""Stages rows on one server: reads a source exactly once, into a temporary table of the caller's
session, in batches and in their final order.

One row of the table is a batch (``BatchLayout``). A source is sorted by a hash of each
row's number, of which the first bits are the batch; so a batch is a random part of the rows, in
random order, and what is sorted is never held in memory at once.
"""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql

from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.source.temporary import store_external, temporary_name
from cerebro_db.dataset.staged.batch_layout import BatchLayout
from cerebro_db.dataset.staged.deal import PART, part, with_ranks
from cerebro_db.dataset.staged.layout import target_name
from cerebro_db.dataset.staged.source_rows import category, labelled, seed_mask, source_rows
from cerebro_db.dataset.values.expressions import target_value, text_value
from cerebro_db.engines.postgres.staged import CATEGORY_BITS, StagedBatches
from cerebro_db.session import CallersSession
from cerebro_db.session.settings import settings

# Rows are shuffled into so many batches, few enough to be large where there are many rows, and
# enough to be small where there are very many.
_SHUFFLED_BITS = 10

# A hash table of all batches would not fit into memory; the sort stays within its own.
_SORTING = {"enable_hashagg": "off", "work_mem": "128MB"}


def stage(session: CallersSession, selection: Selection) -> StagedBatches:
    """Read a source into a temporary table, shuffled and split."""
    table = stage_query(session, _batches(selection), _SORTING)
    return StagedBatches.of(session, selection, table)


def stage_query(session: CallersSession, rows: sql.Composable, values: Mapping[str, str]) -> str:
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


def _batches(selection: Selection) -> sql.Composable:
    """Return the query of the staged table's rows."""
    layout = BatchLayout.of(selection)
    hashed = sql.SQL("pg_catalog.hashint8(ordinal operator(pg_catalog.#) {})").format(
        sql.Literal(seed_mask(selection.seed))
    )
    # What is sorted by stands before what is of variable length: it is found faster there.
    return sql.SQL(
        "select batch, pg_catalog.count(*) as rows, null::bigint[] as taken, {aggregates} from ("
        "select ({category}::bigint operator(pg_catalog.<<) {bits}) operator(pg_catalog.+)"
        " (({hashed}::bigint operator(pg_catalog.+) {least}) operator(pg_catalog.>>) {shift})"
        " as batch, {hashed} as hash, ordinal, {values} from ({numbered}) as numbered"
        " order by batch, hash, ordinal) as ordered group by batch"
    ).format(
        aggregates=sql.SQL(", ").join(layout.aggregates),
        category=category(labelled(selection), selection),
        bits=sql.Literal(CATEGORY_BITS),
        hashed=hashed,
        least=sql.Literal(1 << 31),
        shift=sql.Literal(32 - _SHUFFLED_BITS),
        values=sql.SQL(", ").join(layout.values),
        numbered=_numbered(selection, hashed),
    )


def _numbered(selection: Selection, hashed: sql.Composable) -> sql.Composable:
    """Return the query of the source's rows with their ``ordinal`` and, of folds, their part."""
    numbered = sql.SQL(
        "select pg_catalog.row_number() over () as ordinal, * from ({}) as source_rows"
    ).format(source_rows(selection))
    if selection.folds is None:
        return numbered
    whole = labelled(selection)
    names = [sql.SQL(target_name(index)) for index in range(len(selection.targets))]
    several = len(names) > 1
    labels = [
        target_value(column, name, number=several)
        for column, name in zip(selection.targets, names, strict=True)
    ]
    return sql.SQL("select *, {part} as {name} from ({rows}) as undealt").format(
        part=part(selection, whole, labels, sql.SQL("{}, ordinal").format(hashed)),
        name=sql.SQL(PART),
        rows=with_ranks(selection, whole, text_value(labels[0]), numbered),
    )
