"""Every combination of the space's values."""

from __future__ import annotations

from itertools import product
from math import prod

from cerebro_db.search._base import AllAtOnce, Candidate, check_count


class GridSearch(AllAtOnce):
    """Proposes the whole grid; ranges are cut into their ``points``."""

    def _candidates(self) -> list[Candidate]:
        dimensions = self.space.dimensions
        check_count(
            prod(dimension.grid_size(name) for name, dimension in dimensions.items()), self.space
        )
        axes = [dimension.grid(name) for name, dimension in dimensions.items()]
        candidates = []
        for values in product(*axes):
            self.poll()
            candidates.append(dict(zip(dimensions, values, strict=True)))
        return candidates
