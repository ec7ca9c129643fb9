"""The places of workers that were lost, and when to try to fill them again."""

from __future__ import annotations

import time
from collections import Counter

# Seconds before each attempt to fill a place; after the last one it is given up.
DELAYS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


class Vacancies:
    """Counts the attempts for each place, until a worker there proves to be of use."""

    def __init__(self) -> None:
        self._attempts: Counter[int] = Counter()
        self._due: dict[int, float] = {}

    def open(self, place: int) -> bool:
        """Note that a place is empty, or still is; return whether it will be tried again."""
        attempts = self._attempts[place]
        if attempts == len(DELAYS):
            return False
        self._attempts[place] += 1
        self._due[place] = time.monotonic() + DELAYS[attempts]
        return True

    def due(self) -> list[int]:
        """Return the places to try now, each once."""
        now = time.monotonic()
        due = [place for place, when in self._due.items() if when <= now]
        for place in due:
            del self._due[place]
        return due

    def filled(self, place: int) -> None:
        """Note that a worker is of use: if it is lost too, attempts begin anew."""
        del self._attempts[place]
