"""Chooses how each column is encoded, and says why: from its type, its values and the user's word.

Looks only at training rows, and lets the database count.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from cerebro_db.dataset.columns import Column, Form
from cerebro_db.dataset.features import Fitter
from cerebro_db.dataset.features.arrays import ArrayImageFitter, VectorFitter
from cerebro_db.dataset.features.categories import CategoryFitter, Embedding, OneHot
from cerebro_db.dataset.features.dates import DateTimeFitter
from cerebro_db.dataset.features.images import ByteImageFitter
from cerebro_db.dataset.features.numbers import NumberFitter
from cerebro_db.dataset.features.texts import TextFitter
from cerebro_db.dataset.overrides import Override
from cerebro_db.dataset.staged import Staged

# Up to so many values a category becomes one-hot by default, and above an embedding.
ONE_HOT_VALUES = 16
# Limits of vocabularies where none is stated: the most frequent values are kept.
MAX_ONE_HOT = 1_000
MAX_VALUES = 10_000
# From this many words on, on average, values that are mostly distinct are free text.
_TEXT_WORDS = 3.0


@dataclass(frozen=True)
class Dropped:
    """A column that is no feature, and why."""

    column: str
    type: str
    why: str


def choose(
    staged: Staged, column: Column, form: Form, override: Override | None
) -> Fitter | Dropped:
    """Return what will learn the column's encoding from the training rows."""
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


def _array(staged: Staged, column: Column, override: Override | None, why: str) -> Fitter:
    if override:
        kind = ArrayImageFitter if override.kind == "image" else VectorFitter
        return kind(column, override.options, why)
    dimensions = _dimensions(staged, column)
    why = f"{why}, {dimensions} {'dimension' if dimensions == 1 else 'dimensions'}"
    return (ArrayImageFitter if dimensions in (2, 3) else VectorFitter)(column, {}, why)


def _text(staged: Staged, column: Column, override: Override | None) -> Fitter | Dropped:
    if override and override.kind == "text":
        return TextFitter(column, override.options, "stated in encode")
    profile = _profile(staged, column)
    stated = override.kind if override else ""
    if override:
        why = f"stated in encode, {profile.distinct} distinct values"
    else:
        if profile.distinct == profile.rows > 1 and not profile.is_text:
            why = f"a different value in each of {profile.rows} training rows: an id"
            return Dropped(column.name, column.type, why)
        why = f"{profile.distinct} distinct values in {profile.rows} training rows"
        if profile.is_text:
            return TextFitter(column, {}, f"{why}, {profile.words:.1f} words on average")
    options = override.options if override else {}
    most = options.get("max", MAX_ONE_HOT if stated == "onehot" else MAX_VALUES)
    one_hot = stated == "onehot" or (
        stated != "embedding" and min(profile.distinct, most) <= ONE_HOT_VALUES
    )
    if profile.distinct > most:
        why += f", of which the {most} most frequent are told apart"
    values = _frequent_values(staged, column, most)
    return CategoryFitter(column, options, why, OneHot if one_hot else Embedding, values)


@dataclass(frozen=True)
class _Profile:
    """Training rows with a value, their distinct values, and words in a value on average."""

    rows: int
    distinct: int
    words: float

    @property
    def is_text(self) -> bool:
        return (
            self.words >= _TEXT_WORDS
            and self.distinct > ONE_HOT_VALUES
            and self.distinct > self.rows / 2
        )


def _profile(staged: Staged, column: Column) -> _Profile:
    row = _over_training_rows(
        staged,
        column,
        'select count({value}) as rows, count(distinct {value} collate "C") as distinct_values,'
        " avg(1 + length({value}) - length(replace({value}, ' ', '')))::float8 as words",
    )[0]
    return _Profile(row["rows"], row["distinct_values"], row["words"] or 0.0)


def _frequent_values(staged: Staged, column: Column, most: int) -> list[str]:
    rows = _over_training_rows(
        staged,
        column,
        "select {value} as value",
        "and {value} is not null group by 1"
        f' order by count(*) desc, {{value}} collate "C" limit {most}',
    )
    return [row["value"] for row in rows]


def _dimensions(staged: Staged, column: Column) -> int:
    rows = _over_training_rows(staged, column, "select max(array_ndims({raw})) as dimensions")
    return rows[0]["dimensions"] or 1


def _over_training_rows(staged: Staged, column: Column, select: str, rest: str = "") -> list[dict]:
    names = {"value": staged.text_of(column), "raw": staged.raw(column)}
    statement = sql.SQL("{} from {} where position >= $1 and position < $2 {}").format(
        sql.SQL(select).format(**names), sql.SQL(staged.table), sql.SQL(rest).format(**names)
    )
    return staged.session.fetch(statement.as_string(None), staged.validation_rows, staged.rows)
