"""A framework that gets no more memory, in our own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cerebro_db.errors import Shortage


def no_memory(detail: str) -> Shortage:
    """Return what is raised for it; ``detail`` is what the framework says."""
    return Shortage(
        "the model needs more memory than there is now",
        sqlstate="53200",
        detail=detail,
        hint="Use fewer units, a smaller batch size, or fewer workers.",
    )


@contextmanager
def shortages_in_our_words(is_shortage: Callable[[Exception], bool]) -> Iterator[None]:
    """Say so of each error that is one."""
    try:
        yield
    except Exception as error:
        if not is_shortage(error):
            raise
        raise no_memory(str(error).splitlines()[0]) from error
