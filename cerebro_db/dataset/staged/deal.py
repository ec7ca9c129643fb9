"""How rows are dealt out to partitions where these are folds: an expression over all rows at once.

Rows are dealt one by one in the order of their labels, so that each fold gets its share of every
class, and of low and high values; rows with the same label are shuffled by the seed. Groups are
dealt as wholes, the largest first and to and fro, so that folds come out alike large; among groups
of one size, in the order of their labels. Rows that follow each other in time go to partitions that
do; those of one moment to the same, and as many partitions have rows as there are moments to go
round.

It runs on the user's search path, so it names all else by its schema.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from cerebro_db.dataset.columns import Column
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.values.expressions import text_value
from cerebro_db.folds import Folds

PART = "part"
GROUP = "fold_group"
ORDER = "fold_order"


def together(selection: Selection) -> list[tuple[str, Column]]:
    """Return the columns by which rows are dealt, and the names under which they are read."""
    named = [(GROUP, selection.group), (ORDER, selection.order)]
    return [(name, column) for name, column in named if column is not None]


def is_placed(selection: Selection) -> sql.Composable:
    """Return the condition that a row has what it is dealt by."""
    names = [sql.SQL("{} is not null").format(sql.SQL(name)) for name, _ in together(selection)]
    return sql.SQL(" and ").join(names) if names else sql.SQL("true")


def part(
    selection: Selection,
    labelled: sql.Composable,
    labels: Sequence[sql.Composable],
    shuffled: sql.Composable,
) -> sql.Composable:
    """Return the expression of a row's partition, from 0; of rows without a label, anything.

    Args:
        labelled: the condition that a row has all labels.
        labels: what rows are sorted by, so that each fold has of all.
        shuffled: the same row has the same, and otherwise it is random.
    """
    folds = selection.folds
    assert folds is not None
    mine = sql.SQL("({}) and ({})").format(labelled, is_placed(selection))
    first = sql.SQL("case when {} then 0 else 1 end").format(mine)
    if selection.order is not None:
        # A moment's part is at most one further than that of the moment before.
        return sql.SQL(
            "(moment operator(pg_catalog.+) pg_catalog.min(due operator(pg_catalog.-) moment)"
            " over (partition by first_dealt order by moment))::int"
        )
    if selection.group is None:
        rank = sql.SQL(
            "((pg_catalog.row_number() over (order by {})) operator(pg_catalog.-) 1::bigint)"
        ).format(sql.SQL(", ").join([first, *labels, shuffled]))
        return _dealt(rank, folds)
    return _dealt(sql.SQL("group_rank"), folds, to_and_fro=True)


def _dealt(rank: sql.Composable, folds: Folds, *, to_and_fro: bool = False) -> sql.Composable:
    """Return the expression of the partition that comes at this rank, from 0."""
    count = sql.SQL("{}::bigint").format(sql.Literal(folds.count))
    turn = sql.SQL("({} operator(pg_catalog.%) {})").format(rank, count)
    round_ = sql.SQL("({} operator(pg_catalog./) {})").format(rank, count)
    if to_and_fro:
        turn = sql.SQL(
            "(case when ({round} operator(pg_catalog.%) 2::bigint) operator(pg_catalog.=) 0"
            " then {turn} else ({count} operator(pg_catalog.-) 1::bigint)"
            " operator(pg_catalog.-) {turn} end)"
        ).format(round=round_, turn=turn, count=count)
    sizes = [len(folds.measured(fold)) for fold in folds.networks]
    return sql.SQL(
        "({turn} operator(pg_catalog.+) ({count} operator(pg_catalog.*) ({round}"
        " operator(pg_catalog.%) ({sizes}::bigint[])"
        "[({turn} operator(pg_catalog.+) 1::bigint)::int])))::int"
    ).format(turn=turn, count=count, round=round_, sizes=sql.Literal(sizes))


def with_ranks(
    selection: Selection,
    labelled: sql.Composable,
    label: sql.Composable,
    rows: sql.Composable,
) -> sql.Composable:
    """Return a query of rows with what ``part`` takes of them: of groups the rank of each; of
    moments the number of each, and the part that is due to it.

    Args:
        label: its text, of a row.
        rows: a query.
    """
    first = sql.SQL("case when ({}) and ({}) then 0 else 1 end").format(
        labelled, is_placed(selection)
    )
    if selection.order is not None:
        return _with_moments(selection, first, rows)
    if selection.group is None:
        return rows
    group = _comparable(GROUP, selection.group)
    return sql.SQL(
        "select *, ((pg_catalog.dense_rank() over (order by first_dealt, group_rows desc,"
        " group_label, pg_catalog.md5(group_text), group_text))"
        " operator(pg_catalog.-) 1::bigint) as group_rank from ("
        "select *, {first} as first_dealt, ({group})::pg_catalog.text as group_text,"
        " pg_catalog.count(*) over (partition by {first}, {group}) as group_rows,"
        " pg_catalog.min({label}) over (partition by {first}, {group}) as group_label"
        " from ({rows}) as ungrouped) as grouped"
    ).format(first=first, group=group, label=label, rows=rows)


def _with_moments(
    selection: Selection, first: sql.Composable, rows: sql.Composable
) -> sql.Composable:
    """Return a query of rows with the number of each one's ``moment``, from 0, and the part that is
    ``due`` to it: by how many rows lie before it, and not so early that later moments are too few
    for the parts that are left."""
    folds, order = selection.folds, selection.order
    assert folds is not None
    assert order is not None
    return sql.SQL(
        "select *, case when by_rows operator(pg_catalog.>) by_moments then by_rows"
        " else by_moments end as due from ("
        "select *, (rows_before operator(pg_catalog.*) {parts})"
        " operator(pg_catalog./) (pg_catalog.count(*) over (partition by first_dealt)) as by_rows,"
        " ({parts} operator(pg_catalog.-) 1::bigint) operator(pg_catalog.+) moment"
        " operator(pg_catalog.-) (pg_catalog.max(moment) over (partition by first_dealt))"
        " as by_moments from ("
        "select *, (pg_catalog.dense_rank() over in_time) operator(pg_catalog.-) 1::bigint"
        " as moment, (pg_catalog.rank() over in_time) operator(pg_catalog.-) 1::bigint"
        " as rows_before from ("
        "select *, {first} as first_dealt from ({rows}) as unordered) as divided"
        " window in_time as (partition by first_dealt order by {order})) as ranked) as due_by"
    ).format(
        parts=sql.SQL("{}::bigint").format(sql.Literal(folds.partitions)),
        first=first,
        rows=rows,
        order=_comparable(ORDER, order),
    )


def _comparable(name: str, column: Column) -> sql.Composable:
    value = sql.SQL(name)
    return text_value(value) if column.form == "text" else value
