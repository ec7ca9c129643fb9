"""Every combination of the space's values."""

from __future__ import annotations

from typing import Any

from cerebro_db.search.at_once import AllAtOnce
from cerebro_db.search.bounds import MAX_CONFIGS, check_count


class GridSearch(AllAtOnce):
    """Proposes the whole grid; ranges are cut into their ``points``."""

    def _params(self) -> list[dict[str, Any]]:
        space = self.terms.space
        size = space.grid_size()
        candidates: list[dict[str, Any]] = []
        # They may be fewer than the combinations: many of these may be the same.
        for params in space.grid(self.terms.poll):
            if len(candidates) == MAX_CONFIGS:
                check_count(size, space)
            candidates.append(params)
        check_count(len(candidates), space)
        return candidates
