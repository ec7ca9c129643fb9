"""How many candidates a run may have, and how large they may be together."""

from __future__ import annotations

from cerebro_db.errors import LimitExceeded
from cerebro_db.search.space import Space
from cerebro_db.words import counted

# A run keeps every configuration's row and state: far more than anyone can afford to train.
MAX_CONFIGS = 10_000
# Of the values of all candidates together, as JSON: each of them is kept.
MAX_CHARACTERS = 64 * 1024 * 1024


_NARROWER = 'Narrow the space, or use search := \'{"method": "random", "configs": 20}\'.'


def check_count(count: int, space: Space, hint: str = _NARROWER) -> None:
    """Refuse more configurations than a run may have, or so many with values of this size.

    Args:
        hint: what to do where they are too many.

    Raises:
        LimitExceeded: they are too many, or too much together.
    """
    if count > MAX_CONFIGS:
        raise LimitExceeded(
            f"the search would try {counted(count, 'configuration')}",
            detail=f"A run tries at most {MAX_CONFIGS:,}.",
            hint=hint,
        )
    if count * space.longest > MAX_CHARACTERS:
        raise LimitExceeded(
            f"the values of {counted(count, 'configuration')} would be too long",
            detail=f"Those of one may take {counted(space.longest, 'character')} as JSON; all "
            f"together may take {MAX_CHARACTERS:,}.",
            hint="Try fewer configurations, or shorter values.",
        )
