"""The lengths of sequences that arrive in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

MAX_LENGTH = 128
# That a user may state, and that sequences may have which are all of one length.
MAX_STATED_LENGTH = 10_000
_USUAL_SHARE = 0.95


class Lengths:
    """Counts how many sequences there are of each length."""

    def __init__(self) -> None:
        self._rows: Counter[int] = Counter()

    def update(self, lengths: Iterable[int]) -> None:
        """Look at more sequences."""
        self._rows.update(lengths)

    def partial(self) -> list[tuple[int, int]]:
        """Return plain JSON values: all that ``merge`` needs."""
        return list(self._rows.items())

    def merge(self, partial: Iterable[tuple[int, int]]) -> None:
        """Add what was found of other sequences."""
        self._rows.update(dict(partial))

    @property
    def common(self) -> int | None:
        """The length that all have; None if they differ."""
        return next(iter(self._rows)) if len(self._rows) == 1 else None

    @property
    def usual(self) -> int:
        """The length that 95 of 100 do not exceed, from 1 to ``MAX_LENGTH``."""
        due = _USUAL_SHARE * self._rows.total()
        for length, rows in sorted(self._rows.items()):
            due -= rows
            if due <= 0 or length >= MAX_LENGTH:
                return max(1, min(length, MAX_LENGTH))
        return 1

    def above(self, length: int) -> int:
        """Return how many are longer."""
        return sum(rows for own, rows in self._rows.items() if own > length)
