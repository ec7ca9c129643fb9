"""The contract of a search method with the planner. Read this before any method."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from cerebro_db.errors import LimitExceeded
from cerebro_db.polls import no_poll
from cerebro_db.search.space import Space
from cerebro_db.words import counted

Candidate = dict[str, Any]

# A run keeps every configuration's row and state: far more than anyone can afford to train.
MAX_CONFIGS = 10_000
# Of the values of all candidates together, as JSON: each of them is kept.
MAX_CHARACTERS = 64 * 1024 * 1024


class Search(ABC):
    """Proposes candidates and learns from their results.

    ``ask`` is called at the start and after every ``tell``; a method that proposes all candidates
    at once returns nothing from then on. Values given to ``tell`` are such that higher is better.

    Args:
        space: the space that candidates are drawn from.
        options: the method's own options, names checked against ``OPTIONS``.
        seed: the run's seed; equal seeds propose equal candidates.
        poll: called for each candidate that is made; raises to give up.
    """

    OPTIONS: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        space: Space,
        options: dict[str, Any],
        seed: int,
        poll: Callable[[], None] = no_poll,
    ) -> None:
        self.space = space
        self.options = options
        self.seed = seed
        self.poll = poll

    @abstractmethod
    def ask(self) -> list[Candidate]:
        """Return the candidates to start now, as values of the space's hyper-parameters."""

    def tell(self, config: int, epoch: int, value: float) -> bool:
        """Take in a configuration's result after an epoch; return whether it should go on."""
        return True


class AllAtOnce(Search):
    """Proposes all candidates when it is first asked, whatever comes of them."""

    def __init__(
        self,
        space: Space,
        options: dict[str, Any],
        seed: int,
        poll: Callable[[], None] = no_poll,
    ) -> None:
        super().__init__(space, options, seed, poll)
        self._left = self._candidates()

    @abstractmethod
    def _candidates(self) -> list[Candidate]:
        """Return all candidates; raise what speaks against the options."""

    def ask(self) -> list[Candidate]:
        """Return all candidates the first time, nothing after."""
        candidates, self._left = self._left, []
        return candidates


def check_count(count: int, space: Space) -> None:
    """Refuse more configurations than a run may have, or so many with values of this size.

    Raises:
        LimitExceeded: they are too many, or too much together.
    """
    if count > MAX_CONFIGS:
        raise LimitExceeded(
            f"the search would try {counted(count, 'configuration')}",
            detail=f"A run tries at most {MAX_CONFIGS:,}.",
            hint='Narrow the space, or use search := \'{"method": "random", "configs": 20}\'.',
        )
    longest = sum(
        len(name) + max(len(json.dumps(value)) for value in dimension.samples)
        for name, dimension in space.dimensions.items()
    )
    if count * longest > MAX_CHARACTERS:
        raise LimitExceeded(
            f"the values of {counted(count, 'configuration')} would be too long",
            detail=f"Those of one may take {counted(longest, 'character')} as JSON; all together"
            f" may take {MAX_CHARACTERS:,}.",
            hint="Try fewer configurations, or shorter values.",
        )
