"""Independent draws from the space (Bergstra and Bengio, JMLR 13, 2012)."""

from __future__ import annotations

import json
from random import Random
from typing import Any, ClassVar

from cerebro_db.errors import InvalidArgument
from cerebro_db.search.at_once import AllAtOnce
from cerebro_db.search.bounds import check_count

DEFAULT_CONFIGS = 20
# Draws in vain after which a finite space is taken to hold no further candidate.
_PATIENCE = 1_000


class RandomSearch(AllAtOnce):
    """Proposes ``configs`` different candidates; fewer where the space holds fewer."""

    OPTIONS: ClassVar[tuple[str, ...]] = ("configs",)

    def _params(self) -> list[dict[str, Any]]:
        configs = self.options.get("configs", DEFAULT_CONFIGS)
        if isinstance(configs, bool) or not isinstance(configs, int) or configs < 1:
            raise InvalidArgument(
                "the number of configurations of a random search must be a positive integer",
                detail=f'"configs" is {json.dumps(configs)}.',
                hint='Write search := \'{"method": "random", "configs": 20}\'.',
            )
        check_count(configs, self.terms.space)
        return self._drawn(configs)

    def _drawn(self, configs: int) -> list[dict[str, Any]]:
        generator = Random(f"cerebro_db search {self.terms.seed}")
        seen: dict[str, dict[str, Any]] = {}
        in_vain = 0
        space = self.terms.space
        while len(seen) < configs and in_vain < _PATIENCE:
            self.terms.poll()
            candidate = space.draw(generator)
            key = space.key(candidate)
            in_vain = in_vain + 1 if key in seen else 0
            seen.setdefault(key, candidate)
        return list(seen.values())
