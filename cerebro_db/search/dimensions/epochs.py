"""The one name in a space that is no hyper-parameter of any model: how far a candidate trains."""

from __future__ import annotations

from cerebro_db.errors import InvalidArgument
from cerebro_db.search.dimensions._base import Dimension

EPOCHS = "epochs"
MAX_EPOCHS = 100_000


def require_whole(dimension: Dimension) -> None:
    """Refuse epochs that are no whole numbers, or that no run may have.

    Raises:
        InvalidArgument: some are not.
    """
    for value in dimension.samples:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 1 <= value <= MAX_EPOCHS or value != int(value):
            raise InvalidArgument(
                f"epochs in a space must be whole numbers from 1 to {MAX_EPOCHS:,}",
                detail=f"Among them is {str(value)[:100]}.",
                hint='Write {"epochs": [5, 10]} or {"epochs": {"int": [5, 20]}}.',
            )
