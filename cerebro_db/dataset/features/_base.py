"""The contract of every kind of feature: how it is fitted, encodes and is described.

A kind is one file: a ``Fitter`` that sees the training rows batch by batch, and the frozen
``Feature`` that it makes of them, which alone is kept and encodes rows for ever after.
"""

from __future__ import annotations

import itertools
import json
import math
import operator
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np

from cerebro_db.dataset.columns import Column, Columns, Form, Values
from cerebro_db.dataset.features._spread import UNCOUNTED, Spread, counted_spread
from cerebro_db.model.documents import declared
from cerebro_db.model.signature import InputKind
from cerebro_db.words import counted

Options = Mapping[str, Any]

# Fields of features by which values are standardised.
_STATISTICS = ("mean", "scale", "means", "scales")
# These and what else depends on the rows, but does not change what their values mean.
_LEARNED = (*_STATISTICS, "quantiles", "edges", "robust", "shares", "null_share")


@dataclass(frozen=True)
class Feature(ABC):
    """One column of the source as the network sees it.

    Args:
        column: its name in the source.
        type: its type there, for people.
        why: why it is encoded like this, for people.
        missing: training rows had NULLs here, so the network is told which values are missing.
        null_share: how many of them, of all; None of earlier releases.
    """

    column: str
    type: str
    why: str
    missing: bool
    null_share: float | None = field(default=None, kw_only=True)

    kind: ClassVar[str]
    slot: ClassVar[InputKind]
    """The input that the encoded values become (image, text) or a part of."""

    @property
    @abstractmethod
    def form(self) -> Form:
        """The canonical form that ``encode`` takes."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """The shape of one encoded row."""

    @property
    def dtype(self) -> str:
        """The type of the encoded values."""
        return "float32" if self.slot in ("numeric", "image") else "int32"

    @property
    def sizes(self) -> tuple[int, ...]:
        """For codes and words: the number of different ones."""
        return ()

    @property
    def embedding_width(self) -> int | None:
        """For codes: how many numbers are to stand for one; None where that was not learned."""
        return None

    @property
    def indicator(self) -> bool:
        """Whether a numeric column beside the feature says which values are missing."""
        return self.missing

    @property
    def spreads(self) -> Sequence[Spread] | None:
        """How each column of a numeric feature spreads; None where an earlier release did not learn
        that of a continuous one."""
        return [UNCOUNTED] * math.prod(self.shape)

    @property
    def indicator_spread(self) -> Spread:
        """How the missing indicator spreads."""
        return UNCOUNTED if self.null_share is None else counted_spread(self.null_share)

    def with_edges(self, edges: Sequence[tuple[float, ...]], why: str) -> Feature:
        """Return the feature with other edges of its continuous columns, and the reason.

        Args:
            edges: of each column, as in ``spreads``.
        """
        raise NotImplementedError(f"{self.kind} has no continuous columns")

    @property
    def options(self) -> dict[str, Any]:
        """The options that were learned or chosen, in short, for people."""
        return {}

    @property
    def meaning(self) -> dict[str, Any]:
        """What the encoded values mean, beside ``statistics``: weights that read them rely on it.

        An image or a text is the same whatever its column is called.
        """
        beside = {"type", "why", "missing", *_LEARNED}
        if self.slot in ("image", "text"):
            beside.add("column")
        own = {name: value for name, value in asdict(self).items() if name not in beside}
        return {"kind": self.kind, **own}

    @property
    def statistics(self) -> dict[str, Any]:
        """The means and deviations by which values are standardised."""
        return {name: value for name, value in asdict(self).items() if name in _STATISTICS}

    @abstractmethod
    def encode(self, values: Values) -> np.ndarray:
        """Return canonical values encoded: (rows, *shape).

        Raises:
            DataError: a value cannot be encoded, such as an infinite number.
        """

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"class": type(self).__name__, **asdict(self)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Feature:
        """Rebuild what ``to_json`` wrote; what earlier releases did not write has its default."""
        return cls(**declared(cls, document))


@dataclass(frozen=True)
class Dropped:
    """A column that is no feature, and why."""

    column: str
    type: str
    why: str


class Learner(ABC):
    """Learns of one column's rows, in one pass and in bounded memory, wherever batches of them are.

    All of it is made anew on a segment from ``to_json``.
    """

    def __init__(self, column: Column, options: Options, why: str) -> None:
        self.column = column
        self.options = options
        self.why = why

    @abstractmethod
    def see(self, columns: Columns, *, training: bool) -> None:
        """Look at a batch of rows, and learn of them if they are for training.

        Args:
            columns: the column's canonical values, and those of the targets if they are read.
        """

    @abstractmethod
    def partial(self) -> dict[str, Any]:
        """Return plain JSON values: all that was found and learned, for another's ``merge``."""

    @abstractmethod
    def merge(self, partial: Mapping[str, Any]) -> None:
        """Add what another one for the same column found and learned from rows of its own."""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values: what a new one needs to learn for this one."""
        return {
            "class": type(self).__name__,
            "column": asdict(self.column),
            "options": dict(self.options),
            "why": self.why,
        }


class Fitter(Learner):
    """Learns a feature from training rows."""

    def __init__(self, column: Column, options: Options, why: str) -> None:
        super().__init__(column, options, why)
        self.rows = 0
        self.nulls = 0

    def see(self, columns: Columns, *, training: bool) -> None:
        values = columns[self.column.name]
        self.check(values)
        if training:
            self.update(values)

    def check(self, values: Values) -> None:
        """Note what is wrong with rows, of training or validation, for ``finish`` to raise."""

    def update(self, values: Values) -> None:
        """Learn from training rows."""
        null = null_mask(values)
        self.rows += len(null)
        self.nulls += int(null.sum())
        self.learn(values, null)

    @abstractmethod
    def learn(self, values: Values, null: np.ndarray) -> None:
        """Learn from training rows of which ``null`` says which are missing."""

    @property
    def null_share(self) -> float:
        """The share of NULL among the rows that were learned from."""
        return self.nulls / max(1, self.rows)

    def partial(self) -> dict[str, Any]:
        return {"rows": self.rows, "nulls": self.nulls}

    def merge(self, partial: Mapping[str, Any]) -> None:
        self.rows += partial["rows"]
        self.nulls += partial["nulls"]

    def counts_rows(self) -> str | None:
        """Return why the column seems to tell rows apart and nothing else; None if it does not."""
        return None

    @abstractmethod
    def finish(self) -> Feature:
        """Return the feature.

        Raises:
            DataError: the values cannot be encoded.
        """

    @abstractmethod
    def useless(self) -> str | None:
        """Return why the column has nothing to teach, for people; None if it may have.

        Asked of a column that has values. Where a column never changes, no weight is trained on
        how it does, and a later value would move predictions by chance.
        """


def all_null(column: Column, rows: int) -> Dropped:
    """Return why a column is dropped that has no value in any of so many training rows."""
    return Dropped(column.name, column.type, f"NULL in all {counted(rows, 'training row')}")


def kept_by(column: str, kind: str | Options, reason: str) -> str:
    """Return the reason why a column is left out, with what to state to keep it nevertheless."""
    return f"{reason}; {json.dumps({column: kind}, ensure_ascii=False)} in encode keeps it"


def null_mask(values: Values) -> np.ndarray:
    """Return a boolean array (rows,): which values are NULL."""
    if isinstance(values, np.ndarray):
        # Arrays that are stacked are all there.
        return np.isnan(values) if values.ndim == 1 else np.zeros(len(values), bool)
    return np.fromiter(map(operator.is_, values, itertools.repeat(None)), bool, len(values))
