"""Independent draws from the space (Bergstra and Bengio, JMLR 13, 2012)."""

from __future__ import annotations

from typing import Any, ClassVar

from cerebro_db.search.at_once import AllAtOnce
from cerebro_db.search.bounds import check_count
from cerebro_db.search.options import whole
from cerebro_db.search.samplers import RandomSampler, drawn

DEFAULT_CONFIGS = 20


class RandomSearch(AllAtOnce):
    """Proposes ``configs`` different candidates; fewer where the space holds fewer."""

    OPTIONS: ClassVar[tuple[str, ...]] = ("configs",)

    def _params(self) -> list[dict[str, Any]]:
        terms, configs = self.terms, whole(self.options, "configs", DEFAULT_CONFIGS)
        check_count(configs, terms.space)
        sampler = RandomSampler(terms.space, terms.seed, terms.poll)
        return drawn(sampler, range(1, configs + 1))
