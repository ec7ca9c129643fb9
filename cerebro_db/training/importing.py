"""Imports that take seconds, and can be given up in between."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from time import perf_counter

# The least time between two polls.
_SECONDS = 0.05


@contextmanager
def polled(poll: Callable[[], None]) -> Iterator[None]:
    """Have ``poll`` called while modules are imported inside; what it raises leaves the block."""
    finder = _Finder(poll)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        # Modules may go on without what they cannot import, or raise something else for it.
        if finder.raised is not None:
            raise finder.raised


class _Finder(MetaPathFinder):
    """Finds no module, but is the first to be asked for each of thousands."""

    def __init__(self, poll: Callable[[], None]) -> None:
        self.raised: BaseException | None = None
        self._poll = poll
        self._polled = 0.0

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        """Call ``poll`` now and then; once it has raised something, raise that every time."""
        if self.raised is not None:
            raise self.raised
        if perf_counter() - self._polled >= _SECONDS:
            try:
                self._poll()
            except BaseException as error:
                self.raised = error
                raise
            self._polled = perf_counter()
