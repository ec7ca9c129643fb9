"""Every combination of the space's values."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

from cerebro_db.search.at_once import AllAtOnce
from cerebro_db.search.bounds import check_count


class GridSearch(AllAtOnce):
    """Proposes the whole grid; ranges are cut into their ``points``."""

    def _params(self) -> list[dict[str, Any]]:
        dimensions = self.terms.space.dimensions
        check_count(
            prod(dimension.grid_size(name) for name, dimension in dimensions.items()),
            self.terms.space,
        )
        axes = [dimension.grid(name) for name, dimension in dimensions.items()]
        candidates = []
        for values in product(*axes):
            self.terms.poll()
            candidates.append(dict(zip(dimensions, values, strict=True)))
        return candidates
