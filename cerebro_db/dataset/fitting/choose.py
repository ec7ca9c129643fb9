"""Chooses how each column is encoded, and says why: from its type, its values and the user's word.

Looks only at training rows, and lets the database count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

from psycopg import sql

from cerebro_db.dataset.columns import INTEGER_SENDS, Column, Form
from cerebro_db.dataset.features import Dropped, Feature, Fitter, kept_by
from cerebro_db.dataset.features._spread import default_bins
from cerebro_db.dataset.features.arrays import ArrayFitter, ArrayImageFitter, VectorFitter
from cerebro_db.dataset.features.categories import Embedding, OneHot
from cerebro_db.dataset.features.dates import DateTimeFitter
from cerebro_db.dataset.features.images import ByteImageFitter
from cerebro_db.dataset.features.numbers import NumberFitter, UnstatedNumberFitter
from cerebro_db.dataset.features.texts import TextFitter
from cerebro_db.dataset.request.overrides import Override
from cerebro_db.dataset.staged.layout import Group
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.words import counted

# Up to so many values a category becomes one-hot by default, and above an embedding.
ONE_HOT_VALUES = 16
# Limits of vocabularies where none is stated: the most frequent values are kept.
MAX_ONE_HOT = 1_000
MAX_VALUES = 10_000
# From this many words on, on average, values that are mostly distinct are free text.
_TEXT_WORDS = 3.0


def choose(
    staged: StagedRows, overrides: Mapping[str, Override]
) -> list[Feature | Fitter | Dropped]:
    """Return each column's encoding, or what will learn it from the training rows."""
    chosen = {
        name: feature
        for group in staged.text_groups
        for name, feature in _texts(staged, group, overrides).items()
    }
    numbers = [form for _, form in staged.selection.features if form in ("number", "datetime")]
    bins = default_bins(len(numbers))
    return [
        chosen.get(column.name) or _fitter(staged, column, form, overrides.get(column.name), bins)
        for column, form in staged.selection.features
    ]


def _fitter(
    staged: StagedRows, column: Column, form: Form, override: Override | None, bins: int
) -> Fitter:
    why = "stated in encode" if override else f"type {column.type}"
    kind = override.kind if override else ""
    fitter: type[Fitter]
    match form:
        case "number" if column.send in _COUNTING and not (override or staged.selection.named):
            fitter = UnstatedNumberFitter
        case "number" | "boolean":
            fitter = NumberFitter
        case "datetime":
            fitter = DateTimeFitter
        case "bytes":
            fitter = ByteImageFitter
        case "array":
            fitter = _ARRAYS.get(kind, ArrayFitter)
        case _:
            fitter = TextFitter
    return fitter(column, {"bins": bins} | dict(override.options if override else {}), why)


# Types in which rows are numbered.
_COUNTING = INTEGER_SENDS | {"numeric_send"}

_ARRAYS: dict[str, type[Fitter]] = {"image": ArrayImageFitter, "vector": VectorFitter}


def _texts(
    staged: StagedRows, group: Group, overrides: Mapping[str, Override]
) -> dict[str, Feature | Fitter | Dropped]:
    """Return the encodings of a group's columns, but of those that are stated to be texts."""
    stated = {feature.column.name: overrides.get(feature.column.name) for feature in group.features}
    if all(map(_is_text, stated.values())):
        return {}
    most = [_most(override) for override in stated.values()]
    profiles = _profiles(staged, group, most)
    return {
        feature.column.name: _text(feature.column, stated[feature.column.name], profile, values)
        for feature, profile, values in zip(group.features, profiles, most, strict=True)
        if not _is_text(stated[feature.column.name])
    }


def _is_text(override: Override | None) -> bool:
    return override is not None and override.kind == "text"


def _most(override: Override | None) -> int:
    """Return how many values of a column are told apart at most; none of a text."""
    if override is None:
        return MAX_VALUES
    if _is_text(override):
        return 0
    most = MAX_ONE_HOT if override.kind == "onehot" else MAX_VALUES
    return int(override.options.get("max", most))


def _text(
    column: Column, override: Override | None, profile: _Profile, most: int
) -> Feature | Fitter | Dropped:
    if not profile.rows:
        return all_null(column, profile.nulls)
    if profile.distinct == 1 and not profile.nulls:
        only = shorten(profile.frequent[0], 40) if profile.frequent else "one value"
        why = f"{only!r} in all {counted(profile.rows, 'training row')}"
        return Dropped(column.name, column.type, why)
    stated = override.kind if override else ""
    if override:
        why = f"stated in encode, {counted(profile.distinct, 'distinct value')}"
    else:
        if profile.distinct == profile.rows > 1 and not profile.is_text:
            why = f"a different value in each of {counted(profile.rows, 'training row')}: an id"
            return Dropped(column.name, column.type, kept_by(column.name, "category", why))
        why = (
            f"{counted(profile.distinct, 'distinct value')} in "
            f"{counted(profile.rows, 'training row')}"
        )
        if profile.is_text:
            return TextFitter(column, {}, f"{why}, {profile.words:.1f} words on average")
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


def _profiles(staged: StagedRows, group: Group, most: Sequence[int]) -> list[_Profile]:
    """Return the profile of each column of a group, of one look at all of them."""
    statement = sql.SQL(_PROFILES).format(texts=staged.texts(group), most=sql.Literal(list(most)))
    parameters = (staged.validation_rows, staged.rows)
    rows = staged.session.fetch(statement.as_string(None), *parameters)
    return [_Profile(**{name: row[name] for name in row if name != "number"}) for row in rows]


_PROFILES = """
with counted as (
    select number, value, count(*) as rows
    from {texts}
    where position >= $1 and position < $2
    group by number, value
)
select
    number,
    coalesce(sum(rows) filter (where value is not null), 0)::bigint as rows,
    coalesce(sum(rows) filter (where value is null), 0)::bigint as nulls,
    count(value) as "distinct",
    coalesce(
        sum(rows * (1 + length(value) - length(replace(value, ' ', ''))))
            / nullif(sum(rows) filter (where value is not null), 0),
        0
    )::float8 as words,
    coalesce(
        array_agg(value) filter (where value is not null and rank <= ({most}::int[])[number + 1]),
        array[]::text[]
    ) as frequent
from (
    select
        *,
        row_number() over (
            partition by number order by value is null, rows desc, value
        ) as rank
    from counted
) as ranked
group by number
order by number
"""
