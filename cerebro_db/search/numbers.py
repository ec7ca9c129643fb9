"""Which number the next trial has."""

from __future__ import annotations


class Numbers:
    """Counts trials as a run does: a method's own, and those that people bring in."""

    def __init__(self) -> None:
        self._last = 0

    @property
    def next(self) -> int:
        """The number of the trial that begins next."""
        return self._last + 1

    def take(self) -> int:
        """Return the number of a trial that begins now."""
        self._last += 1
        return self._last
