"""Independent draws from the space (Bergstra and Bengio, JMLR 13, 2012)."""

from __future__ import annotations

import json
from random import Random
from typing import ClassVar

from cerebro_db.errors import InvalidArgument
from cerebro_db.search._base import AllAtOnce, Candidate, check_count

DEFAULT_CONFIGS = 20
# Draws in vain after which a finite space is taken to hold no further candidate.
_PATIENCE = 1_000


class RandomSearch(AllAtOnce):
    """Proposes ``configs`` different candidates; fewer where the space holds fewer."""

    OPTIONS: ClassVar[tuple[str, ...]] = ("configs",)

    def _candidates(self) -> list[Candidate]:
        configs = self.options.get("configs", DEFAULT_CONFIGS)
        if isinstance(configs, bool) or not isinstance(configs, int) or configs < 1:
            raise InvalidArgument(
                "the number of configurations of a random search must be a positive integer",
                detail=f'"configs" is {json.dumps(configs)}.',
                hint='Write search := \'{"method": "random", "configs": 20}\'.',
            )
        check_count(configs, self.space)
        return self._drawn(configs)

    def _drawn(self, configs: int) -> list[Candidate]:
        generator = Random(f"cerebro_db search {self.seed}")
        seen: dict[str, Candidate] = {}
        in_vain = 0
        while len(seen) < configs and in_vain < _PATIENCE:
            self.poll()
            candidate = {
                name: dimension.draw(generator) for name, dimension in self.space.dimensions.items()
            }
            key = json.dumps(candidate, sort_keys=True)
            in_vain = in_vain + 1 if key in seen else 0
            seen.setdefault(key, candidate)
        return list(seen.values())
