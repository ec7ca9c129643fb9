"""The common parts of features of one number a row: numbers and moments in time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Column, Values
from cerebro_db.dataset.features._base import Fitter, Options
from cerebro_db.dataset.features._moments import Moments
from cerebro_db.dataset.features._sample import Sample, between
from cerebro_db.dataset.features._scaling import STANDARD, Scale, Scaling, learned
from cerebro_db.dataset.features._spread import Spread, edges_learned, spread
from cerebro_db.errors import DataError
from cerebro_db.words import counted


class ScalarFitter(Fitter):
    """Learns the moments of finite values, and how they spread.

    Options: ``bins`` and ``by``, see ``edges_learned``; ``scale``, one of ``SCALINGS``.
    """

    def __init__(self, column: Column, options: Options, why: str) -> None:
        super().__init__(column, options, why)
        self._moments = Moments()
        self._sample = Sample()
        self._infinite = 0

    def check(self, values: Values) -> None:
        self._infinite += int(np.isinf(values).sum())

    def learn(self, values: Values, null: np.ndarray) -> None:
        if not self._infinite:
            numbers = np.asarray(values, np.float64)
            numbers = numbers[~null] if null.any() else numbers
            self._moments.update(numbers)
            self._sample.update(numbers)

    def partial(self) -> dict[str, Any]:
        return super().partial() | {
            "infinite": self._infinite,
            "moments": self._moments.partial(),
            "sample": self._sample.partial(),
        }

    def merge(self, partial: Mapping[str, Any]) -> None:
        super().merge(partial)
        self._infinite += partial["infinite"]
        self._moments.merge(partial["moments"])
        self._sample.merge(partial["sample"])

    def useless(self) -> str | None:
        if self.nulls or not self._moments.constant:
            return None
        return f"{self.shown(self._moments.only)} in all {counted(self.rows, 'training row')}"

    def shown(self, value: float) -> str:
        """Return a canonical value as people write it."""
        return f"{value:g}"

    @property
    def moments(self) -> Moments:
        """The moments that were learned.

        Raises:
            DataError: the column holds NaN or infinity.
        """
        if self._infinite:
            raise not_finite(self.column.name, self._infinite)
        return self._moments

    @cached_property
    def sample(self) -> np.ndarray:
        """A sample of the values in order, the least and the largest of all first and last."""
        return between(self._sample.sorted, *self._moments.range)

    def scale(self) -> Scale:
        """Return the scale that the option asks for.

        Raises:
            DataError: the column holds NaN or infinity, or is too large to standardise.
        """
        moments, kind = self.moments, self.options.get("scale", STANDARD)
        if kind == STANDARD:
            mean, scale = moments.standard(self.column.name)
            return Scale(float(mean), float(scale))
        return learned(kind, self.sample)

    def spread(self, scale: Scale) -> Spread:
        """Return how the values spread once they are scaled."""
        scaled = Scaling([scale])(self.sample[:, None])[:, 0]
        return spread(scaled, edges_learned(self.options))


def not_finite(column: str, rows: int, *, elements: bool = False) -> DataError:
    """Return the error that a column's rows hold NaN or infinity; as ``elements``, or NULL."""
    if elements:
        what, hint = "elements that are NULL, NaN or infinity", "Make the whole array NULL instead."
    else:
        what, hint = "NaN or infinity", "Store NULL where a value is missing."
    return DataError(
        f'column "{column}" holds {what}',
        detail=f"Found in {counted(rows, 'row')}.",
        hint=f"{hint} It is encoded as missing.",
    )
