"""Independent draws from the space."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from cerebro_db.search.samplers._base import Sampler
from cerebro_db.search.space import Space

# Draws in vain after which a finite space is taken to hold no further candidate.
_PATIENCE = 1_000


class RandomSampler(Sampler):
    """Draws at random; the draws of a seed are the same for whoever makes how many.

    Args:
        poll: called for each draw; raises to give up.
    """

    def __init__(self, space: Space, seed: int, poll: Callable[[], None]) -> None:
        self._space = space
        self._generator = Random(f"cerebro_db search {seed}")
        self._poll = poll
        self._seen: set[str] = set()
        self._exhausted = False

    def sample(self, trial: int) -> dict[str, Any] | None:
        for _ in range(0 if self._exhausted else _PATIENCE):
            self._poll()
            params = self._space.draw(self._generator)
            key = self._space.key(params)
            if key not in self._seen:
                self._seen.add(key)
                return params
        self._exhausted = True
        return None

    def learn(self, trial: int, epoch: int, value: float, through: bool) -> None:
        """Learn nothing: draws are independent."""

    def fail(self, trial: int) -> None:
        """Learn nothing."""
