"""The parts of the statements that stage a plan's rows, whatever the server and its order of rows.

A source is read under generated names (``source_rows``); what is kept of a row is its
``stored_columns``, with all floats packed into one.
"""

from __future__ import annotations

import hashlib

from psycopg import sql

from cerebro_db.dataset.columns import FLOAT_FORMS, Column
from cerebro_db.dataset.extract import packed_row
from cerebro_db.dataset.plan import KEY, Plan, feature_name, target_name
from cerebro_db.dataset.source import Relation


def source_rows(plan: Plan) -> sql.Composable:
    """Return the query of the source's rows: the columns of ``Plan.named``, and ``validation``.

    What a cast makes of an enum, a function of its owner may decide. So enums are text from here
    on, where it runs as users' SQL does; the key keeps its type, and nothing casts it.
    """
    columns = [
        sql.SQL("_source.{}{} as {}").format(
            sql.Identifier(column.name), _cast(column, name), sql.SQL(name)
        )
        for name, column in plan.named
    ]
    flag: sql.Composable = sql.SQL("false")
    if isinstance(plan.validation, Column):
        flag = sql.SQL("coalesce(_source.{}, false)").format(sql.Identifier(plan.validation.name))
    select = sql.SQL("select {} from {}")
    items = sql.SQL(", ").join([*columns, sql.SQL("{} as validation").format(flag)])
    rows = select.format(items, plan.source.rows)
    if isinstance(plan.validation, Relation):
        items = sql.SQL(", ").join([*columns, sql.SQL("true as validation")])
        rows = sql.SQL("{} union all {}").format(rows, select.format(items, plan.validation.rows))
    return rows


def _cast(column: Column, name: str) -> sql.SQL:
    if name != KEY and column.send == "enum_send":
        return sql.SQL("::pg_catalog.text")
    if name != KEY and column.element == "enum_send":
        return sql.SQL("::pg_catalog.text[]")
    return sql.SQL("")


def stored_columns(plan: Plan) -> list[sql.Composable]:
    """Return what to select of ``source_rows``: columns as they are, then ``floats``, packed."""
    packed = [
        (column, sql.SQL(feature_name(index)))
        for index, (column, form) in enumerate(plan.features)
        if form in FLOAT_FORMS
    ]
    if not packed:
        return stored_names(plan)
    return [*stored_names(plan)[:-1], sql.SQL("{} as floats").format(packed_row(packed))]


def stored_names(plan: Plan) -> list[sql.Composable]:
    """Return the names of ``stored_columns``."""
    forms = [form for _, form in plan.features]
    names = [feature_name(index) for index, form in enumerate(forms) if form not in FLOAT_FORMS]
    names += [target_name(index) for index in range(len(plan.targets))]
    names += [KEY] * (plan.key is not None)
    names += ["floats"] * any(form in FLOAT_FORMS for form in forms)
    return [sql.SQL(name) for name in names]


def labelled(plan: Plan) -> sql.Composable:
    """Return the condition that a row has all its labels."""
    names = [target_name(index) for index in range(len(plan.targets))]
    conditions = [sql.SQL(f"{name} is not null") for name in names]
    return sql.SQL(" and ").join(conditions) if conditions else sql.SQL("true")


def category(plan: Plan) -> sql.Composable:
    """Return the expression of what a row is for: 0 validation, 1 training, 2 nothing: no label.

    Where a share of the rows is held out, they are the first of those for training.
    """
    return sql.SQL("case when not ({}) then 2 when validation then 0 else 1 end").format(
        labelled(plan)
    )


def seed_mask(seed: int) -> int:
    """Return what to XOR a row's number with before it is hashed, to shuffle the rows.

    Random for each seed, so that the orders of two seeds have nothing in common.
    """
    digest = hashlib.blake2b(str(seed).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1
