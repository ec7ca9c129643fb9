"""The sameness of all values that arrive in batches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any


class Sameness:
    """Remembers the first value, and whether another one came."""

    def __init__(self) -> None:
        self.differ = False
        self._first: bytes | None = None
        # Of other processes only this is known.
        self._digest: str | None = None

    def update(self, values: Iterable[bytes]) -> None:
        """Look at more values."""
        if self.differ:
            return
        for value in values:
            if self._first is None:
                self._first = value
                self._note(_digest(value))
            elif value != self._first:
                self.differ = True
            if self.differ:
                return

    def partial(self) -> dict[str, Any]:
        """Return plain JSON values: all that ``merge`` needs."""
        return {"differ": self.differ, "digest": self._digest}

    def merge(self, partial: dict[str, Any]) -> None:
        """Add what was found of other values."""
        self.differ |= partial["differ"]
        if partial["digest"] is not None:
            self._note(partial["digest"])

    def _note(self, digest: str) -> None:
        if self._digest is None:
            self._digest = digest
        elif digest != self._digest:
            self.differ = True


def _digest(value: bytes) -> str:
    return hashlib.blake2b(value, digest_size=16).hexdigest()
