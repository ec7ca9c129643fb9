"""Every combination of the space's values."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod
from typing import Any

from cerebro_db.search._base import Candidate, Search, check_count, no_poll
from cerebro_db.search.space import Space


class GridSearch(Search):
    """Proposes the whole grid at once; ranges are cut into their ``points``."""

    def __init__(
        self,
        space: Space,
        options: dict[str, Any],
        seed: int,
        poll: Callable[[], None] = no_poll,
    ) -> None:
        super().__init__(space, options, seed, poll)
        sizes = [dimension.grid_size(name) for name, dimension in space.dimensions.items()]
        check_count(prod(sizes), space)
        axes = [dimension.grid(name) for name, dimension in space.dimensions.items()]
        self._left: list[Candidate] = []
        for values in product(*axes):
            poll()
            self._left.append(dict(zip(space.dimensions, values, strict=True)))

    def ask(self) -> list[Candidate]:
        """Return the whole grid the first time, nothing after."""
        candidates, self._left = self._left, []
        return candidates
