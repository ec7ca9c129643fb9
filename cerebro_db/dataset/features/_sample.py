"""An even sample of values that arrive in batches, of which quantiles are taken."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from cerebro_db.dataset.features._packed import packed, unpacked

# So many values show each of 32 bins' edges to a tenth of its rows; all of up to so many are kept.
_MOST = 16_384
# Of what one batch elsewhere has learned.
_MOST_SENT = 1_024
# In a sample of vectors, and in what is sent of one.
_MOST_NUMBERS = 1 << 20
_MOST_NUMBERS_SENT = 1 << 16
_LEAST = 64


class Sample:
    """Of values in random order, as staged rows are, every first, second, fourth, ... one: as many
    as bounded memory takes. So it does not depend on how the values were cut into batches.

    Of vectors, each element is a sample of its own.
    """

    def __init__(self) -> None:
        self._rows = 0
        # The rows that each kept value stands for.
        self._stride = 1
        self._kept: list[np.ndarray] = []
        self._count = 0

    def update(self, values: np.ndarray) -> None:
        """Add values, float64 (rows, ...)."""
        self._add(values, len(values), 1)

    def partial(self) -> dict[str, Any] | None:
        """Return plain JSON values, all that ``merge`` needs; None if there is nothing.

        Of many values these are quantiles, which tell more than as many values picked at random.
        """
        if not self._count:
            return None
        values, stride = self._joined(), self._stride
        thinned = _power(len(values) / _most(values, _MOST_SENT, _MOST_NUMBERS_SENT))
        if thinned > 1:
            values = np.sort(values, axis=0)[thinned // 2 :: thinned]
            # In random order again, another one for each batch: ``merge`` may take every second.
            seed = int.from_bytes(hashlib.blake2b(values.tobytes(), digest_size=8).digest())
            values = np.random.default_rng(seed).permutation(values)
        return {"rows": self._rows, "stride": stride * thinned, "values": packed(values)}

    def merge(self, partial: Mapping[str, Any] | None) -> None:
        """Add the sample of other values, of the same shape."""
        if partial is not None:
            self._add(unpacked(partial["values"]), partial["rows"], partial["stride"])

    @property
    def sorted(self) -> np.ndarray:
        """The sample in order, each element by itself: (values, ...)."""
        return np.sort(self._joined(), axis=0)

    def _add(self, values: np.ndarray, rows: int, stride: int) -> None:
        if not len(values):
            return
        while self._stride < stride:
            self._thin()
        first = math.ceil(-self._rows % self._stride / stride)
        taken = values[first :: self._stride // stride]
        # A copy, so that nothing keeps the batch in memory.
        self._kept.append(taken.copy())
        self._count += len(taken)
        self._rows += rows
        while self._count > _most(values, _MOST, _MOST_NUMBERS):
            self._thin()

    def _thin(self) -> None:
        self._stride *= 2
        if self._kept:
            self._kept = [self._joined()[::2].copy()]
            self._count = len(self._kept[0])

    def _joined(self) -> np.ndarray:
        return np.concatenate(self._kept)


def between(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return sorted values with the least and the largest of all in the first and last place."""
    found = values.copy()
    found[0], found[-1] = low, high
    return found


def _most(values: np.ndarray, most: int, numbers: int) -> int:
    """Return how many values to keep, of which each may be a vector."""
    return max(_LEAST, min(most, numbers // max(1, math.prod(values.shape[1:]))))


def _power(ratio: float) -> int:
    """Return the least power of two that is not below a ratio."""
    return 1 << max(0, math.ceil(math.log2(ratio)))
