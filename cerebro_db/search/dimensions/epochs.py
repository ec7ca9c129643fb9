"""The one name in a space that is no hyper-parameter of any model: how far a candidate trains."""

from __future__ import annotations

import math

from cerebro_db.errors import InvalidArgument
from cerebro_db.search.dimensions._base import Dimension

EPOCHS = "epochs"


def require_whole(dimension: Dimension) -> None:
    """Refuse epochs that are no whole numbers from 1 up.

    Raises:
        InvalidArgument: some are not.
    """
    for value in dimension.samples:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 1 <= value < math.inf or value != int(value):
            raise InvalidArgument(
                "epochs in a space must be whole numbers from 1 up",
                detail=f"Among them is {str(value)[:100]}.",
                hint='Write {"epochs": [5, 10]} or {"epochs": {"int": [5, 20]}}.',
            )
