"""The part of a source that is read: columns, the forms in which they are wanted, and the split."""

from __future__ import annotations

from dataclasses import dataclass

from cerebro_db.dataset.columns import Column, Form
from cerebro_db.dataset.source.relation import Relation
from cerebro_db.folds import Folds


@dataclass(frozen=True)
class Selection:
    """The part of a source that is read.

    Args:
        source: the rows.
        features: columns and the canonical form in which each is wanted.
        targets: label columns; a row where one of them is NULL is excluded.
        key: a column that is kept in its own type for the caller, or as text with a dataset.
        seed: shuffles the rows that are staged.
        validation: a share of the rows, a boolean column of the source, or rows of their own.
        positive: the label that is to be the positive class; None leaves it to the labels' order.
        named: the features were named one by one.
        weights: the column of row weights, which is no feature; None: all rows count the same.
        classes: what the positions of arrays of 0 and 1 are called, if they are the target.
        key_as_text: the key is kept as text.
        folds: partitions are folds, to which rows are dealt; None: rows lie in any.
        group: rows with the same value are in one fold.
        order: folds follow each other by it.
    """

    source: Relation
    features: tuple[tuple[Column, Form], ...]
    targets: tuple[Column, ...] = ()
    key: Column | None = None
    seed: int = 0
    validation: float | Column | Relation = 0.0
    positive: str | None = None
    named: bool = False
    classes: tuple[str, ...] = ()
    weights: Column | None = None
    key_as_text: bool = False
    folds: Folds | None = None
    group: Column | None = None
    order: Column | None = None

    @property
    def parts(self) -> int:
        """How many ranges the training rows are staged in."""
        return 1 if self.folds is None else self.folds.partitions

    @property
    def read(self) -> tuple[tuple[Column, Form], ...]:
        """The columns that are read beside targets and key, each with its form."""
        own: tuple[tuple[Column, Form], ...] = ()
        if self.weights is not None:
            own = ((self.weights, "number"),)
        return (*self.features, *own)

    @property
    def united(self) -> bool:
        """Whether rows of another source are among these."""
        return isinstance(self.validation, Relation)
