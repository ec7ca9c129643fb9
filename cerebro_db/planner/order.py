"""The order in which a configuration visits the partitions: a function of the run's seed alone.

The seed draws one ring of the partitions, and each configuration walks it from a start of its own.
So no two of p neighbouring configurations want the same partition at the same time as long as they
keep step, and no timing can change what one sees. Every epoch walks the same ring, with no jump
where epochs meet: configurations of unequal cost would collide at each jump, on segments that hold
one partition each. What a fixed order costs remains visible where few, very unlike configurations
train for one or two epochs on such segments (``cerebro-db simulate --epochs 1``); rings walked both
ways, a ring or starts drawn anew for each p configurations, and orders drawn for each configuration
all cost more in the median. Learning loses nothing: SGD that shuffles once converges like SGD that
shuffles every epoch (Mishchenko et al., Random Reshuffling, NeurIPS 2020).
"""

from __future__ import annotations

from functools import lru_cache
from random import Random

from cerebro_db.folds import Folds


def visits(seed: int, config: int, epoch: int, partitions: int) -> tuple[int, ...]:
    """Return the partitions 0..partitions-1 in the order of this configuration's epoch.

    The order is the same in all epochs; whoever asks need not know.
    """
    return tour(seed, config, 0, Folds(partitions))


def tour(seed: int, config: int, fold: int, folds: Folds) -> tuple[int, ...]:
    """Return the partitions that a network visits in an epoch, in their order: first those that it
    is trained on, then those of its fold.

    A network walks the ring of all partitions and passes over what is not its own.
    """
    ring = _ring(seed, folds.partitions)
    start = (config + fold) % folds.partitions
    walk = ring[start:] + ring[:start]
    trained, measured = set(folds.trained(fold)), set(folds.measured(fold))
    return (*(p for p in walk if p in trained), *(p for p in walk if p in measured))


@lru_cache(maxsize=16)
def _ring(seed: int, partitions: int) -> tuple[int, ...]:
    ring = list(range(partitions))
    Random(f"cerebro_db {seed}").shuffle(ring)
    return tuple(ring)
