"""Reads a source exactly once, into a temporary table of the caller's session, in its final order.

A row's place is its ``position``: first the validation rows, then the training rows, each shuffled
by the seed, last the rows whose label is NULL. So a chunk is a range of positions.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType

from psycopg import sql

from cerebro_db.dataset import extract
from cerebro_db.dataset.columns import FLOAT_FORMS, Column, Columns, Form
from cerebro_db.dataset.source import Source
from cerebro_db.session import Session

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Plan:
    """What to stage, and how.

    Args:
        source: the rows.
        features: columns and the canonical form in which each is wanted.
        targets: label columns; a row where one of them is NULL is excluded.
        key: a column that is kept in its own type for the caller, as ``key``.
        seed: shuffles the rows; None keeps the source's order.
        validation: a share of the rows, a boolean column of the source, or rows of their own.
    """

    source: Source
    features: tuple[tuple[Column, Form], ...]
    targets: tuple[Column, ...] = ()
    key: Column | None = None
    seed: int | None = None
    validation: float | Column | Source = 0.0


@dataclass
class Staged:
    """The staged rows; a context manager that drops them.

    Args:
        table: the temporary table's name as SQL, with columns ``position`` (bigint, from 0) and
            ``key`` if one was planned.
        rows: rows to encode, at positions 0 to ``rows`` - 1; the first ``validation_rows`` of
            them are for validation.
        excluded_rows: rows behind those, without a label.
        row_bytes: average bytes of a row.
        label_form: the form in which targets are read; None leaves them out.
    """

    session: Session
    plan: Plan
    table: str
    rows: int
    validation_rows: int
    excluded_rows: int
    row_bytes: int
    label_form: Form | None = None

    def read(self, start: int, stop: int) -> Columns:
        """Return the canonical values of the rows at positions ``start`` to ``stop`` - 1."""
        columns: dict[str, extract.Values] = {}
        packed = [column for column, form in self.plan.features if form in FLOAT_FORMS]
        single = [
            (column, form, name)
            for name, (column, form) in _named(self.plan.features)
            if form not in FLOAT_FORMS
        ]
        if self.label_form is not None:
            single += [
                (column, self.label_form, f"t{i}") for i, column in enumerate(self.plan.targets)
            ]
        aggregates = [extract.aggregate(column, form, sql.SQL(n)) for column, form, n in single]
        items: list[sql.Composable] = [sql.SQL("string_agg(floats, ''::bytea)")] if packed else []
        items += itertools.chain.from_iterable(aggregates)
        # The aggregates take the rows as the sorted subquery yields them: one sort for all.
        statement = sql.SQL(
            "select {} from (select * from {} where position >= $1 and position < $2"
            " order by position) as staged"
        ).format(
            sql.SQL(", ").join(
                sql.SQL("{} as {}").format(item, sql.SQL(f"r{i}")) for i, item in enumerate(items)
            ),
            sql.SQL(self.table),
        )
        results = iter(self.session.fetch(statement.as_string(None), start, stop)[0].values())
        if packed:
            floats = extract.unpacked_floats(next(results), len(packed))
            columns.update(zip((column.name for column in packed), floats, strict=True))
        for (column, form, _), expressions in zip(single, aggregates, strict=True):
            columns[column.name] = extract.canonical(form, [next(results) for _ in expressions])
        return columns

    def batches(self, start: int, stop: int, rows: int) -> Iterator[tuple[int, int]]:
        """Yield the ranges of at most ``rows`` positions that cover ``start`` to ``stop`` - 1."""
        for first in range(start, stop, rows):
            yield first, min(first + rows, stop)

    def text_of(self, column: Column) -> sql.Composable:
        """Return the expression, over the staged table, of a column as text."""
        return extract.text_value(column, self.raw(column))

    def raw(self, column: Column) -> sql.Composable:
        """Return the expression, over the staged table, of a column that is staged unpacked."""
        return sql.SQL(next(name for name, own in _all_columns(self.plan) if own == column))

    def drop(self) -> None:
        """Drop the staged rows."""
        self.session.execute(f"drop table if exists {self.table}")

    def __enter__(self) -> Staged:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.drop()
            return
        # After an SQL error the transaction may refuse the statement: its end drops the table.
        with contextlib.suppress(Exception):
            self.drop()


def stage(session: Session, plan: Plan) -> Staged:
    """Read a source into a temporary table, shuffled and split as planned."""
    table = sql.Identifier(f"_cerebro_staged_{next(_numbers)}")
    rows = _rows(plan)
    create = sql.SQL("create temporary table {} as {} with no data").format(table, rows)
    session.execute(create.as_string(None))
    name = sql.SQL("pg_temp.{}").format(table).as_string(None)
    for row in session.fetch(_COMPRESSIBLE, name):
        # Rows that are read two or three times are not worth compressing.
        session.execute(f"alter table {name} alter column {row['name']} set storage external")
    session.execute(sql.SQL("insert into {} {}").format(table, rows).as_string(None))
    session.execute(f"create unique index on {name} (position)")
    # Evenly spread numbers: a small sample tells the planner all there is to know.
    session.execute(f"alter table {name} alter column position set statistics 10")
    session.execute(f"analyze {name} (position)")
    counts = session.fetch(
        sql.SQL(
            "select count(*) as rows, count(*) filter (where {labelled}) as labelled,"
            " count(*) filter (where {labelled} and validation) as validation,"
            " pg_total_relation_size($1::text::regclass) as bytes from {table}"
        )
        .format(labelled=_labelled(plan), table=sql.SQL(name))
        .as_string(None),
        name,
    )[0]
    labelled, validation_rows = counts["labelled"], counts["validation"]
    if isinstance(plan.validation, float):
        validation_rows = round(plan.validation * labelled)
    return Staged(
        session=session,
        plan=plan,
        table=name,
        rows=labelled,
        validation_rows=validation_rows,
        excluded_rows=counts["rows"] - labelled,
        row_bytes=counts["bytes"] // max(counts["rows"], 1),
    )


# The generated names need no quotes.
_COMPRESSIBLE = """
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm')
"""


def _named(
    features: Sequence[tuple[Column, Form]],
) -> Iterator[tuple[str, tuple[Column, Form]]]:
    """Yield the features with their names in the staged table, where no user's name appears."""
    for index, feature in enumerate(features):
        yield f"f{index}", feature


def _labelled(plan: Plan) -> sql.Composable:
    conditions = [sql.SQL(f"t{i} is not null") for i in range(len(plan.targets))]
    return sql.SQL(" and ").join(conditions) if conditions else sql.SQL("true")


def _rows(plan: Plan) -> sql.Composable:
    """Return the query of the staged table's rows."""
    own: list[sql.Composable] = []
    floats: list[tuple[Column, sql.Composable]] = []
    for name, (column, form) in _named(plan.features):
        if form in FLOAT_FORMS:
            floats.append((column, sql.SQL(name)))
        else:
            own.append(sql.SQL(name))
    own += [sql.SQL(f"t{i}") for i in range(len(plan.targets))]
    if plan.key is not None:
        own.append(sql.SQL("key"))
    if floats:
        own.append(sql.SQL("{} as floats").format(extract.packed_floats(floats)))
    order = sql.SQL("order by not ({}), validation desc, {}").format(_labelled(plan), _hash(plan))
    # Sorted before the floats are packed: packed rows are wider.
    return sql.SQL(
        "select {} from ("
        "select row_number() over ({}) - 1 as position, * from ("
        "select row_number() over () as ordinal, * from ({}) as rows) as numbered) as ordered"
    ).format(
        sql.SQL(", ").join([sql.SQL("position, validation"), *own]),
        order if plan.seed is not None or plan.targets else sql.SQL("order by ordinal"),
        _source_rows(plan),
    )


def _hash(plan: Plan) -> sql.Composable:
    if plan.seed is None:
        return sql.SQL("ordinal")
    # A random mask for each seed, so that the orders of two seeds have nothing in common.
    digest = hashlib.blake2b(str(plan.seed).encode(), digest_size=4).digest()
    mask = int.from_bytes(digest, "big") >> 1
    return sql.SQL("hashint8(ordinal # {}), ordinal").format(sql.Literal(mask))


def _source_rows(plan: Plan) -> sql.Composable:
    columns = [
        sql.SQL("_source.{} as {}").format(sql.Identifier(column.name), sql.SQL(name))
        for name, column in _all_columns(plan)
    ]
    flag: sql.Composable = sql.SQL("false")
    if isinstance(plan.validation, Column):
        flag = sql.SQL("coalesce(_source.{}, false)").format(sql.Identifier(plan.validation.name))
    select = sql.SQL("select {} from {}")
    items = sql.SQL(", ").join([*columns, sql.SQL("{} as validation").format(flag)])
    rows = select.format(items, plan.source.rows)
    if isinstance(plan.validation, Source):
        items = sql.SQL(", ").join([*columns, sql.SQL("true as validation")])
        rows = sql.SQL("{} union all {}").format(rows, select.format(items, plan.validation.rows))
    return rows


def _all_columns(plan: Plan) -> Iterator[tuple[str, Column]]:
    for name, (column, _) in _named(plan.features):
        yield name, column
    for index, column in enumerate(plan.targets):
        yield f"t{index}", column
    if plan.key is not None:
        yield "key", plan.key
