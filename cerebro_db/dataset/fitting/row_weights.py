"""Learns what the weights of rows are: whether they are sound, and their mean in training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from cerebro_db.dataset.columns import Column, Columns
from cerebro_db.dataset.features import Learner, Options
from cerebro_db.dataset.values.weighing import Weighing, require_sound, unsound
from cerebro_db.errors import DataError
from cerebro_db.words import counted


class RowWeights(Learner):
    """The weights of all rows, in one pass."""

    def __init__(self, column: Column, options: Options, why: str) -> None:
        super().__init__(column, options, why)
        # Of training and validation.
        self._rows = {True: 0, False: 0}
        self._totals = {True: 0.0, False: 0.0}
        self._wrong: dict[str, int] = {}

    def see(self, columns: Columns, *, training: bool) -> None:
        """Look at a batch of rows, see ``Learner``."""
        values = cast(np.ndarray, columns[self.column.name])
        for what, rows in unsound(values).items():
            self._wrong[what] = self._wrong.get(what, 0) + rows
        self._rows[training] += len(values)
        self._totals[training] += float(values[np.isfinite(values)].sum())

    def partial(self) -> dict[str, Any]:
        """Return plain JSON values, see ``Learner``."""
        return {
            "rows": [self._rows[True], self._rows[False]],
            "totals": [self._totals[True], self._totals[False]],
            "wrong": self._wrong,
        }

    def merge(self, partial: Mapping[str, Any]) -> None:
        """Add what another one found, see ``Learner``."""
        for place, training in enumerate((True, False)):
            self._rows[training] += partial["rows"][place]
            self._totals[training] += partial["totals"][place]
        for what, rows in partial["wrong"].items():
            self._wrong[what] = self._wrong.get(what, 0) + rows

    def finish(self) -> Weighing:
        """Return how rows are weighed.

        Raises:
            DataError: a weight is NULL, negative or not finite, or all are 0.
        """
        name = self.column.name
        require_sound(name, self._wrong)
        for training, rows in self._rows.items():
            if rows and not self._totals[training]:
                raise DataError(
                    f'column "{name}" weighs no row',
                    detail=f"All {counted(rows, 'row')} for "
                    f"{'training' if training else 'validation'} have the weight 0.",
                    hint="Some of them have to count.",
                )
        return Weighing(name, self._totals[True] / self._rows[True])
