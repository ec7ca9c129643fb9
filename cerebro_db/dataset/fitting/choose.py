"""Chooses how each column is encoded, and says why: from its type, its values and the user's word.

Looks only at training rows, and lets the database count.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from cerebro_db.dataset.columns import Column, Form
from cerebro_db.dataset.features import Dropped, Feature, Fitter
from cerebro_db.dataset.features.arrays import ArrayImageFitter, VectorFitter
from cerebro_db.dataset.features.categories import Embedding, OneHot
from cerebro_db.dataset.features.dates import DateTimeFitter
from cerebro_db.dataset.features.images import ByteImageFitter
from cerebro_db.dataset.features.numbers import NumberFitter
from cerebro_db.dataset.features.texts import TextFitter
from cerebro_db.dataset.request.overrides import Override
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.dataset.values.expressions import text_value
from cerebro_db.words import counted

# Up to so many values a category becomes one-hot by default, and above an embedding.
ONE_HOT_VALUES = 16
# Limits of vocabularies where none is stated: the most frequent values are kept.
MAX_ONE_HOT = 1_000
MAX_VALUES = 10_000
# From this many words on, on average, values that are mostly distinct are free text.
_TEXT_WORDS = 3.0


def choose(
    staged: StagedRows, column: Column, form: Form, override: Override | None
) -> Feature | Fitter | Dropped:
    """Return a column's encoding, or what will learn it from the training rows."""
    why = "stated in encode" if override else f"type {column.type}"
    options = override.options if override else {}
    match form:
        case "number" | "boolean":
            return NumberFitter(column, options, why)
        case "datetime":
            return DateTimeFitter(column, options, why)
        case "bytes":
            return ByteImageFitter(column, options, why)
        case "array":
            return _array(staged, column, override, why)
        case _:
            return _text(staged, column, override)


def _array(staged: StagedRows, column: Column, override: Override | None, why: str) -> Fitter:
    if override:
        kind = ArrayImageFitter if override.kind == "image" else VectorFitter
        return kind(column, override.options, why)
    dimensions = staged.dimensions(column)
    why = f"{why}, {counted(dimensions, 'dimension')}"
    return (ArrayImageFitter if dimensions in (2, 3) else VectorFitter)(column, {}, why)


def _text(
    staged: StagedRows, column: Column, override: Override | None
) -> Feature | Fitter | Dropped:
    if override and override.kind == "text":
        return TextFitter(column, override.options, "stated in encode")
    stated = override.kind if override else ""
    options = override.options if override else {}
    most = options.get("max", MAX_ONE_HOT if stated == "onehot" else MAX_VALUES)
    profile = _profile(staged, column, most)
    if override:
        why = f"stated in encode, {counted(profile.distinct, 'distinct value')}"
    else:
        if profile.distinct == profile.rows > 1 and not profile.is_text:
            why = f"a different value in each of {counted(profile.rows, 'training row')}: an id"
            return Dropped(column.name, column.type, why)
        values = counted(profile.distinct, "distinct value")
        why = f"{values} in {counted(profile.rows, 'training row')}"
        if profile.is_text:
            return TextFitter(column, {}, f"{why}, {profile.words:.1f} words on average")
    if not profile.rows:
        return all_null(column, profile.nulls)
    one_hot = stated == "onehot" or (
        stated != "embedding" and len(profile.frequent) <= ONE_HOT_VALUES
    )
    if profile.distinct > most:
        why += f", of which the {most} most frequent are told apart"
    kind = OneHot if one_hot else Embedding
    vocabulary = tuple(sorted(profile.frequent))
    return kind(column.name, column.type, why, profile.nulls > 0, vocabulary)


def all_null(column: Column, rows: int) -> Dropped:
    """Return why a column is dropped that has no value in any of so many training rows."""
    return Dropped(column.name, column.type, f"NULL in all {counted(rows, 'training row')}")


@dataclass(frozen=True)
class _Profile:
    """Training rows with a value and without, distinct values, and words in a value on average.

    ``frequent`` are the values to tell apart: the most frequent ones.
    """

    rows: int
    nulls: int
    distinct: int
    words: float
    frequent: list[str]

    @property
    def is_text(self) -> bool:
        return (
            self.words >= _TEXT_WORDS
            and self.distinct > ONE_HOT_VALUES
            and self.distinct > self.rows / 2
        )


def _profile(staged: StagedRows, column: Column, most: int) -> _Profile:
    statement = sql.SQL(_PROFILE).format(
        value=text_value(column, sql.SQL("value")),
        values=staged.values(column),
        most=sql.Literal(most),
    )
    parameters = (staged.validation_rows, staged.rows)
    return _Profile(**staged.session.fetch(statement.as_string(None), *parameters)[0])


_PROFILE = """
with counted as (
    select {value} as value, count(*) as rows
    from {values}
    where position >= $1 and position < $2
    group by 1
)
select
    coalesce(sum(rows) filter (where value is not null), 0)::bigint as rows,
    coalesce(sum(rows) filter (where value is null), 0)::bigint as nulls,
    count(value) as "distinct",
    coalesce(
        sum(rows * (1 + length(value) - length(replace(value, ' ', ''))))
            / nullif(sum(rows) filter (where value is not null), 0),
        0
    )::float8 as words,
    array(
        select value
        from counted
        where value is not null
        order by rows desc, value collate "C"
        limit {most}
    ) as frequent
from counted
"""
