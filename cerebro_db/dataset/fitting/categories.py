"""Chooses the encodings of texts, categories and what is stated to be one: the database counts
their values among the training rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten

from psycopg import sql

from cerebro_db.dataset.columns import Column
from cerebro_db.dataset.features import Dropped, Feature, Fitter, all_null, kept_by
from cerebro_db.dataset.features.categories import Embedding, OneHot, width_by_values
from cerebro_db.dataset.features.texts import TextFitter
from cerebro_db.dataset.request.overrides import Override, Stated
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
# A value of fewer rows says more of these rows than of others. Of small sets a share is asked.
_ENOUGH_ROWS = 100
_ENOUGH_SHARE = 200


def enough_rows(staged: StagedRows) -> int:
    """Return how many training rows a value needs by default to be told apart from other rare ones:
    one in 200, and no more than 100."""
    return max(1, min(_ENOUGH_ROWS, (staged.rows - staged.validation_rows) // _ENOUGH_SHARE))


def choose_texts(
    staged: StagedRows, group: Group, stated: Stated
) -> dict[str, Feature | Fitter | Dropped]:
    """Return the encodings of a group's columns, but of those that are stated to be texts."""
    overrides = [stated.of(feature.column.name) for feature in group.features]
    if all(map(_is_text, overrides)):
        return {}
    most = [_most(override) for override in overrides]
    profiles = _profiles(staged, group, most)
    found = {}
    for feature, override, profile in zip(group.features, overrides, profiles, strict=True):
        if not _is_text(override):
            name = feature.column.name
            options = stated.options(name, min_rows=enough_rows(staged))
            found[name] = _text(feature.column, override, profile, options["min_rows"])
    return found


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
    column: Column, override: Override | None, profile: _Profile, least: int
) -> Feature | Fitter | Dropped:
    if not profile.rows:
        return all_null(column, profile.nulls)
    if profile.distinct == 1 and not profile.nulls:
        only = shorten(profile.frequent[0], 40) if profile.frequent else "one value"
        why = f"{only!r} in all {counted(profile.rows, 'training row')}"
        return Dropped(column.name, column.type, why)
    values = counted(profile.distinct, "distinct value")
    if override:
        why = f"stated in encode, {values}"
    else:
        if profile.distinct == profile.rows > 1 and not profile.is_text:
            why = f"a different value in each of {counted(profile.rows, 'training row')}: an id"
            return Dropped(column.name, column.type, kept_by(column.name, "category", why))
        why = f"{values} in {counted(profile.rows, 'training row')}"
        if profile.is_text:
            return TextFitter(column, {}, f"{why}, {profile.words:.1f} words on average")
    return _category(column, override, profile, least, why)


def _category(
    column: Column, override: Override | None, profile: _Profile, least: int, why: str
) -> Feature | Dropped:
    """Return the category whose values with enough rows are told apart; all others are unknown."""
    apart = profile.with_rows(least)
    if not apart and override and "min_rows" not in override.options:
        # What is stated is kept.
        apart = profile.frequent
    if not apart and not profile.nulls:
        why = f"{why}, none of them in {least} or more"
        kind = {"as": "category", "min_rows": 1}
        return Dropped(column.name, column.type, kept_by(column.name, kind, why))
    if len(apart) < len(profile.frequent):
        why += f", of which those in {counted(least, 'row')} or more are told apart: {len(apart)}"
    elif len(apart) < profile.distinct:
        why += f", of which the {len(apart)} most frequent are told apart"
    stated = override.kind if override else ""
    one_hot = stated == "onehot" or (stated != "embedding" and len(apart) <= ONE_HOT_VALUES)
    values, rows = tuple(sorted(apart)), profile.rows + profile.nulls
    common = (column.name, column.type, why, profile.nulls > 0, values)
    if not one_hot:
        return Embedding(*common, width_by_values(len(apart)))
    shares = tuple(profile.rows_of[value] / rows for value in values)
    return OneHot(*common, shares, null_share=profile.nulls / rows)


@dataclass(frozen=True)
class _Profile:
    """Training rows with a value and without, distinct values, and words in a value on average.

    ``frequent`` are the most frequent values, as many as may be told apart; ``frequencies`` are
    their rows.
    """

    rows: int
    nulls: int
    distinct: int
    words: float
    frequent: list[str]
    frequencies: list[int]

    @property
    def rows_of(self) -> dict[str, int]:
        """The rows of each frequent value."""
        return dict(zip(self.frequent, self.frequencies, strict=True))

    def with_rows(self, least: int) -> list[str]:
        """Return the frequent values that have so many rows."""
        return [value for value, rows in self.rows_of.items() if rows >= least]

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
    ) as frequent,
    coalesce(
        array_agg(rows) filter (where value is not null and rank <= ({most}::int[])[number + 1]),
        array[]::bigint[]
    ) as frequencies
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
