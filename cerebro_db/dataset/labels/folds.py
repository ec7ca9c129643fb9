"""What is learned of labels where partitions are folds: anew for the network of each fold.

Which classes there are is known to all networks; how many rows each has, and the scale of numbers,
each learns of the rows that it is trained on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from psycopg import sql

from cerebro_db.dataset.labels.hot import place_of
from cerebro_db.dataset.labels.output import fetch_labels
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.errors import DataError
from cerebro_db.folds import Folds
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import task_of
from cerebro_db.words import counted


@dataclass(frozen=True)
class _Moments:
    """How many rows a partition has; mean, variance and range of their values."""

    rows: int
    mean: float
    variance: float
    low: float
    high: float


def require_full(staged: StagedRows, folds: Folds) -> None:
    """Refuse rows that cannot be dealt to all folds.

    Raises:
        DataError: there are too few, or of some it is not known where they belong.
    """
    selection = staged.selection
    if staged.misplaced:
        column = selection.group or selection.order
        assert column is not None
        raise DataError(
            f'column "{column.name}" is NULL in {counted(staged.misplaced, "row")}',
            detail="These rows belong to no group." if selection.group else "They have no order.",
            hint="Leave them out in a SELECT that is the source, or give them a value.",
        )
    if 0 not in staged.part_rows:
        return
    what, hint = "rows", "Ask for fewer folds or partitions."
    if selection.group is not None:
        what = f'groups of "{selection.group.name}"'
    elif selection.order is not None:
        what = f'different values of "{selection.order.name}"'
        hint += " Forward in time, rows before the first fold are trained on only."
    empty = staged.part_rows.count(0)
    raise DataError(
        f"there are too few {what} for {counted(folds.count, 'fold')}",
        detail=f"{counted(empty, 'partition')} of {folds.partitions} would have no row.",
        hint=hint,
    )


def outputs_of_folds(
    staged: StagedRows, output: Output, folds: Folds, starts: Sequence[int]
) -> tuple[Output, ...]:
    """Return the output of each fold's network, from 1, learned of the rows that train it.

    Args:
        starts: the position of each partition's first row.

    Raises:
        DataError: a fold has rows of one class only, or its network would learn of one value only.
    """
    kind = task_of(output).labels
    if kind == "numbers":
        return _scaled(staged, output, folds, starts)
    of_parts = _counts(staged, output, starts)
    found = []
    for fold in folds.networks:
        if kind == "class":
            _require_classes(fold, _sum(of_parts, folds.measured(fold)), "measured on")
            _require_classes(fold, _sum(of_parts, folds.trained(fold)), "trained on")
        trained = _sum(of_parts, folds.trained(fold))
        counts = tuple(trained[place] for place in range(len(output.classes)))
        found.append(replace(output, counts=counts))
    return tuple(found)


def _require_classes(fold: int, rows: Mapping[int, int], how: str) -> None:
    if sum(count > 0 for count in rows.values()) < 2:
        raise DataError(
            f"of fold {fold}, all rows that are {how} have one class",
            detail=f"It has {counted(sum(rows.values()), 'such row')}, all of one class.",
            hint="Ask for fewer folds, or let rows be dealt by their labels: without group and"
            " order each fold has its share of every class.",
        )


def _sum(of_parts: Sequence[Counter[int]], parts: Sequence[int]) -> Counter[int]:
    total: Counter[int] = Counter()
    for number in parts:
        total.update(of_parts[number])
    return total


def _counts(staged: StagedRows, output: Output, starts: Sequence[int]) -> list[Counter[int]]:
    """Return how many rows of each class each partition has, by the class's position."""
    part = _part_of(starts)
    places = {label: place for place, label in enumerate(output.classes)}
    of_classes = task_of(output).labels == "class"
    if of_classes:
        rows = fetch_labels(
            staged,
            "select {part} as part, {text} as label, count(*) as rows",
            "group by 1, 2",
            part=part,
        )
    elif output.hot:
        places = {str(place): place for place in range(len(output.classes))}
        rows = fetch_labels(
            staged,
            "select {part} as part, (place - 1)::text as label, sum(item::float8)::bigint as rows",
            "group by 1, 2",
            beside=", unnest(value::float8[]) with ordinality as items (item, place)",
            part=part,
        )
    else:
        rows = fetch_labels(
            staged,
            "select {part} as part, label, count(distinct position) as rows",
            "and label is not null group by 1, 2",
            beside=", unnest(value::text[]) as label",
            part=part,
        )
    found: list[Counter[int]] = [Counter() for _ in starts]
    for row in rows:
        one_hot = output.hot and of_classes
        place = place_of(row["label"]) if one_hot else places[row["label"]]
        found[row["part"]][place] += row["rows"]
    return found


def _scaled(
    staged: StagedRows, output: Output, folds: Folds, starts: Sequence[int]
) -> tuple[Output, ...]:
    moments = _moments(staged, output, starts)
    found = []
    for fold in folds.networks:
        means, scales, lows, highs = [], [], [], []
        for number, column in enumerate(output.columns):
            own = [moments[part, number] for part in folds.trained(fold)]
            rows = sum(one.rows for one in own)
            mean = math.fsum(one.rows * one.mean for one in own) / rows
            squares = [one.rows * (one.variance + (one.mean - mean) ** 2) for one in own]
            low, high = min(one.low for one in own), max(one.high for one in own)
            if low == high:
                raise DataError(
                    f"the network of fold {fold} would be trained on rows of one value only",
                    detail=f'All have {low:g} in column "{column}".',
                    hint="Ask for fewer folds, or leave group and order out.",
                )
            means.append(mean)
            scales.append(math.sqrt(math.fsum(squares) / rows))
            lows.append(low)
            highs.append(high)
        found.append(
            replace(
                output,
                means=tuple(means),
                scales=tuple(scales),
                lows=tuple(lows),
                highs=tuple(highs),
            )
        )
    return tuple(found)


def _moments(
    staged: StagedRows, output: Output, starts: Sequence[int]
) -> dict[tuple[int, int], _Moments]:
    """Return what each partition's numbers say, by partition and target: nothing of the others'."""
    part = _part_of(starts)
    first = {
        (row["part"], row["number"]): row
        for row in fetch_labels(
            staged,
            "select {part} as part, number, count(*) as rows, avg({number}) as mean,"
            " min({number}) as low, max({number}) as high",
            "group by 1, 2",
            part=part,
        )
    }
    # A second pass, as for all rows together.
    means = [
        float(first[number, target]["mean"])
        for number in range(len(starts))
        for target in range(len(output.columns))
    ]
    about = sql.SQL("({}::float8[])[{} * {} + number + 1]").format(
        sql.Literal(means), part, sql.Literal(len(output.columns))
    )
    second = fetch_labels(
        staged,
        "select {part} as part, number, avg(power({number} - {about}, 2)) as variance",
        "group by 1, 2",
        part=part,
        about=about,
    )
    found = {}
    for row in second:
        of = first[row["part"], row["number"]]
        mean, low, high = (float(of[name]) for name in ("mean", "low", "high"))
        found[row["part"], row["number"]] = _Moments(
            of["rows"], mean, float(row["variance"]), low, high
        )
    return found


def _part_of(starts: Sequence[int]) -> sql.Composable:
    """Return the expression of the partition that a position lies in."""
    cases = [
        sql.SQL("when position >= {} then {}").format(sql.Literal(start), sql.Literal(number))
        for number, start in reversed(list(enumerate(starts)))
    ]
    return sql.SQL("case {} end").format(sql.SQL(" ").join(cases))
