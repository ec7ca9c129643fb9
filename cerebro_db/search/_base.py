"""What the planner asks of a search method. Read this before any method."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from cerebro_db.errors import LimitExceeded
from cerebro_db.search.space import Space
from cerebro_db.words import counted

Candidate = dict[str, Any]

# A run keeps every configuration's row and state: far more than anyone can afford to train.
MAX_CONFIGS = 10_000


class Search(ABC):
    """Proposes candidates and learns from their results.

    ``ask`` is called at the start and after every ``tell``; a method that proposes all candidates
    at once returns nothing from then on. Values given to ``tell`` are such that higher is better.

    Args:
        space: the space that candidates are drawn from.
        options: the method's own options, names checked against ``OPTIONS``.
        seed: the run's seed; equal seeds propose equal candidates.
    """

    OPTIONS: ClassVar[tuple[str, ...]] = ()

    def __init__(self, space: Space, options: dict[str, Any], seed: int) -> None:
        self.space = space
        self.options = options
        self.seed = seed

    @abstractmethod
    def ask(self) -> list[Candidate]:
        """Return the candidates to start now, as values of the space's hyper-parameters."""

    def tell(self, config: int, epoch: int, value: float) -> bool:
        """Take in a configuration's result after an epoch; return whether it should go on."""
        return True


def check_count(count: int) -> None:
    """Raise LimitExceeded for more configurations than a run may have."""
    if count > MAX_CONFIGS:
        raise LimitExceeded(
            f"the search would try {counted(count, 'configuration')}",
            detail=f"A run tries at most {MAX_CONFIGS:,}.",
            hint='Narrow the space, or use search := \'{"method": "random", "configs": 20}\'.',
        )
