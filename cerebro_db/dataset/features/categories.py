"""Categories: a vocabulary of the training rows' values, one-hot if small, else embedded.

The database counts the values (``fitting/categories.py``), so there is no fitter. Values that are
rare among the training rows are not in the vocabulary, so that a value of which nothing is known is
encoded as they are, and learned of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Form, Values
from cerebro_db.dataset.features._base import Feature
from cerebro_db.dataset.features._spread import Spread, counted_spreads

_MOST_WIDTH = 64


@dataclass(frozen=True)
class _Category(Feature):
    """A value of a vocabulary in a stable order; codes count from 1, 0 is a value not in it."""

    vocabulary: tuple[str, ...]

    @property
    def form(self) -> Form:
        return "text"

    @property
    def options(self) -> dict[str, Any]:
        return {"values": len(self.vocabulary)}

    def codes(self, values: Values) -> np.ndarray:
        """Return int32 codes (rows,); NULL is the code after the last value if it was trained."""
        codes = map(self._codes.get, values, itertools.repeat(0))
        return np.fromiter(codes, np.int32, len(values))

    @cached_property
    def _codes(self) -> dict[str | None, int]:
        codes: dict[str | None, int] = {
            value: code for code, value in enumerate(self.vocabulary, start=1)
        }
        if self.missing:
            codes[None] = len(codes) + 1
        return codes


@dataclass(frozen=True)
class OneHot(_Category):
    """One 0/1 column for each value. A value not in the vocabulary is all zeros.

    An unknown value has no column of its own: where training has rare values, all zeros are trained
    as well as a column would be; where it has none, a column would never be. Unlike the code of an
    embedding, zeros need no training to be harmless: they add nothing to what other columns say.

    Args:
        shares: of all training rows, those of each value; () of earlier releases.
    """

    shares: tuple[float, ...] = ()

    kind = "onehot"
    slot = "numeric"

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.vocabulary),)

    @property
    def spreads(self) -> Sequence[Spread]:
        return counted_spreads(self.shares, len(self.vocabulary))

    def encode(self, values: Values) -> np.ndarray:
        codes = self.codes(values)
        return (codes[:, None] == np.arange(1, len(self.vocabulary) + 1)).astype(np.float32)


@dataclass(frozen=True)
class Embedding(_Category):
    """A code for an embedding: 0 for unknown values, then the vocabulary, last NULL.

    Args:
        width: how many numbers are to stand for a code; None of earlier releases.
    """

    width: int | None = None

    kind = "embedding"
    slot = "categorical"

    @property
    def shape(self) -> tuple[int, ...]:
        return (1,)

    @property
    def sizes(self) -> tuple[int, ...]:
        return (1 + len(self.vocabulary) + self.missing,)

    @property
    def embedding_width(self) -> int | None:
        return self.width

    @property
    def options(self) -> dict[str, Any]:
        return super().options | ({} if self.width is None else {"embedding_dim": self.width})

    @property
    def meaning(self) -> dict[str, Any]:
        """The codes; a network's vectors may have another width, which its shapes tell."""
        return {name: value for name, value in super().meaning.items() if name != "width"}

    @property
    def indicator(self) -> bool:
        """NULL has a code of its own."""
        return False

    def encode(self, values: Values) -> np.ndarray:
        return self.codes(values)[:, None]


def width_by_values(values: int) -> int:
    """Return how many numbers are to stand for one of so many values: what fastai takes, 1.6 times
    their number to the power of 0.56, as the nearest power of two up to 64.

    With few different widths, columns share tables.
    """
    return min(_MOST_WIDTH, 1 << round(math.log2(1.6 * max(values, 2) ** 0.56)))
