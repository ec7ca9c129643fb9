"""The parts of the statements that stage rows, whatever the server and its order of rows."""

from __future__ import annotations

import hashlib

from psycopg import sql

from cerebro_db.dataset.columns import Column
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.source.relation import Relation
from cerebro_db.dataset.staged.deal import PART, is_placed, together
from cerebro_db.dataset.staged.layout import KEY, named, target_name


def source_rows(selection: Selection) -> sql.Composable:
    """Return the query of a source's rows: the columns as ``named`` says, those by which they are
    dealt to folds, and ``validation``.

    What a cast makes of an enum, a function of its owner may decide. So enums are text from here
    on, where it runs as users' SQL does; a key that keeps its type nothing casts.
    """
    columns = [
        sql.SQL("_source.{}{} as {}").format(
            sql.Identifier(column.name), _cast(column, name, selection), sql.SQL(name)
        )
        for name, column in (*named(selection), *together(selection))
    ]
    flag: sql.Composable = sql.SQL("false")
    if isinstance(selection.validation, Column):
        flag = sql.SQL("coalesce(_source.{}, false)").format(
            sql.Identifier(selection.validation.name)
        )
    select = sql.SQL("select {} from {}")
    items = sql.SQL(", ").join([*columns, sql.SQL("{} as validation").format(flag)])
    rows = select.format(items, selection.source.rows)
    if isinstance(selection.validation, Relation):
        items = sql.SQL(", ").join([*columns, sql.SQL("true as validation")])
        rows = sql.SQL("{} union all {}").format(
            rows, select.format(items, selection.validation.rows)
        )
    return rows


def _cast(column: Column, name: str, selection: Selection) -> sql.SQL:
    if name == KEY and selection.key_as_text:
        return sql.SQL("::pg_catalog.text")
    if name != KEY and column.send == "enum_send":
        return sql.SQL("::pg_catalog.text")
    if name != KEY and column.element == "enum_send":
        return sql.SQL("::pg_catalog.text[]")
    return sql.SQL("")


def labelled(selection: Selection) -> sql.Composable:
    """Return the condition that a row, whose columns are ``named``, has all its labels."""
    names = [target_name(index) for index in range(len(selection.targets))]
    conditions = [sql.SQL(f"{name} is not null") for name in names]
    return sql.SQL(" and ").join(conditions) if conditions else sql.SQL("true")


def category(labelled: sql.Composable, selection: Selection) -> sql.Composable:
    """Return the expression of what a row is for: 0 validation, 1 training, then nothing: no label.

    Where a share of the rows is held out, they are the first of those for training. Where there are
    folds, each partition has a number of its own from 1, and behind the rows without a label come
    those of which is not known where they belong.
    """
    if selection.folds is None:
        return sql.SQL("case when not ({}) then 2 when validation then 0 else 1 end").format(
            labelled
        )
    return sql.SQL(
        "case when not ({}) then {} when not ({}) then {} else 1 operator(pg_catalog.+) {} end"
    ).format(
        labelled,
        sql.Literal(excluded(selection)),
        is_placed(selection),
        sql.Literal(excluded(selection) + 1),
        sql.SQL(PART),
    )


def excluded(selection: Selection) -> int:
    """Return the ``category`` of rows without a label."""
    return selection.parts + 1


def seed_mask(seed: int) -> int:
    """Return what to XOR a row's number with before it is hashed, to shuffle the rows.

    Random for each seed, so that the orders of two seeds have nothing in common.
    """
    digest = hashlib.blake2b(str(seed).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1
