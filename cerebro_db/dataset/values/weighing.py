"""How much each row counts: weights of rows out of a column, as training and metrics take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from cerebro_db.dataset.columns import Columns
from cerebro_db.errors import DataError
from cerebro_db.words import counted


@dataclass(frozen=True)
class Weighing:
    """The column of row weights, and their mean over the training rows, by which they are divided:
    so a learning rate means what it does without."""

    column: str
    mean: float

    def encode(self, columns: Columns) -> np.ndarray:
        """Return the weights of canonical rows, float32 (rows,).

        Raises:
            DataError: a weight is NULL, negative or not finite.
        """
        values = cast(np.ndarray, columns[self.column])
        require_sound(self.column, unsound(values))
        with np.errstate(over="ignore"):
            return (values / self.mean).astype(np.float32)


def require_sound(column: str, wrong: Mapping[str, int]) -> None:
    """Refuse weights of which ``unsound`` has found something.

    Raises:
        DataError: it has.
    """
    for what, rows in wrong.items():
        raise DataError(
            f'column "{column}" holds a weight of a row that is {what}',
            detail=f"So it is in {counted(rows, 'row')}.",
            hint="Leave such rows out, or give them a weight, in a SELECT that is the source.",
        )


def unsound(values: np.ndarray) -> dict[str, int]:
    """Return what is wrong with weights, and in how many rows; nothing if they are sound."""
    wrong = {
        "NULL": int(np.isnan(values).sum()),
        "NaN or infinite": int(np.isinf(values).sum()),
        "negative": int((values < 0).sum()),
    }
    return {what: rows for what, rows in wrong.items() if rows}
