"""The order in which a configuration visits the partitions: a function of seed, config and epoch.

Every epoch draws one random permutation of the partitions, and each configuration walks it from a
start of its own (a Latin square). So no two of p neighbouring configurations want the same
partition at the same time as long as they keep step, and no timing can change what one sees.
"""

from __future__ import annotations

from random import Random


def visits(seed: int, config: int, epoch: int, partitions: int) -> tuple[int, ...]:
    """Return the partitions 0..partitions-1 in the order of this configuration's epoch."""
    order = list(range(partitions))
    Random(f"cerebro_db {seed} {epoch}").shuffle(order)
    start = config % partitions
    return tuple(order[start:] + order[:start])
