"""float32, as which encoded numbers reach a network: it holds less than a column may."""

from __future__ import annotations

import math

import numpy as np

from cerebro_db.errors import DataError
from cerebro_db.words import counted


def all_finite(values: np.ndarray) -> bool:
    """Return whether no value is NaN or infinite."""
    flat = values.ravel(order="K")
    # A sum of squares takes a fifth of the time; it may overflow where no value does.
    return math.isfinite(flat.dot(flat)) or bool(np.isfinite(flat).all())


@np.errstate(over="ignore")
def as_float32(column: str, values: np.ndarray) -> np.ndarray:
    """Return a column's encoded values, finite float64 (rows, ...), as float32.

    Raises:
        DataError: float32 does not hold one of them.
    """
    narrow = values.astype(np.float32)
    if not all_finite(narrow):
        rows = ~np.isfinite(narrow.reshape(len(narrow), -1)).all(axis=1)
        raise too_large(column, int(rows.sum()))
    return narrow


def not_standardised(column: str, low: float, high: float) -> DataError:
    """Return the error that a column's numbers, from ``low`` to ``high``, have no finite variance
    in float64."""
    return DataError(
        f'column "{column}" holds numbers too large to standardise',
        detail=f"The largest is {high:g}, the least {low:g}.",
        hint="Divide the column, or take its logarithm, in the SELECT that is the source.",
    )


def too_large(column: str, rows: int) -> DataError:
    """Return the error that a column's rows hold numbers that float32 does not, standardised."""
    return DataError(
        f'column "{column}" holds numbers that are too large',
        detail=f"In {counted(rows, 'row')} they are too far from those of the training rows for"
        " float32, in which networks compute.",
        hint="Correct them, or store NULL where a value is missing.",
    )
