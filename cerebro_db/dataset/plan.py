"""What to stage: the columns of a source, the forms in which they are wanted, and the split."""

from __future__ import annotations

from dataclasses import dataclass

from cerebro_db.dataset.columns import Column, Form
from cerebro_db.dataset.source import Relation


@dataclass(frozen=True)
class Plan:
    """What to stage, and how.

    Args:
        source: the rows.
        features: columns and the canonical form in which each is wanted.
        targets: label columns; a row where one of them is NULL is excluded.
        key: a column that is kept in its own type for the caller, as ``key``.
        seed: shuffles the rows that are staged.
        validation: a share of the rows, a boolean column of the source, or rows of their own.
    """

    source: Relation
    features: tuple[tuple[Column, Form], ...]
    targets: tuple[Column, ...] = ()
    key: Column | None = None
    seed: int = 0
    validation: float | Column | Relation = 0.0

    @property
    def named(self) -> tuple[tuple[str, Column], ...]:
        """All columns with their names in the staged table."""
        features = [(feature_name(i), column) for i, (column, _) in enumerate(self.features)]
        targets = [(target_name(i), column) for i, column in enumerate(self.targets)]
        key = [(KEY, self.key)] if self.key is not None else []
        return (*features, *targets, *key)


# No user's name appears in the staged table; these need no quotes.

KEY = "key"
"""The staged name of the key."""


def feature_name(index: int) -> str:
    """Return the staged name of a feature."""
    return f"f{index}"


def target_name(index: int) -> str:
    """Return the staged name of a target."""
    return f"t{index}"
