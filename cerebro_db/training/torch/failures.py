"""What PyTorch raises, in our own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cerebro_db.errors import Shortage


def is_shortage(error: Exception) -> bool:
    """Return whether PyTorch says with an error that it got no more memory."""
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


@contextmanager
def in_our_words() -> Iterator[None]:
    """Say in our own words that PyTorch got no more memory."""
    try:
        yield
    except RuntimeError as error:
        if not is_shortage(error):
            raise
        raise Shortage(
            "the model needs more memory than there is now",
            sqlstate="53200",
            detail=str(error).splitlines()[0],
            hint="Use fewer units, a smaller batch size, or fewer workers.",
        ) from error
