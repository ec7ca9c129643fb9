"""The epochs that a method may still ask for."""

from __future__ import annotations


class Purse:
    """Counts down from a budget of epochs in all; None: it never empties."""

    def __init__(self, budget: int | None) -> None:
        self._left = budget

    def take(self, epochs: int) -> bool:
        """Take out so many epochs and return True, or none at all where fewer are left."""
        if self._left is None:
            return True
        if self._left < epochs:
            return False
        self._left -= epochs
        return True

    def give_back(self, epochs: int) -> None:
        """Put back epochs that were taken, and that no trial will do."""
        if self._left is not None:
            self._left += epochs
