"""The states that outlive a run: of its best configurations, and of configurations at rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cerebro_db.driving.best import Standing
from cerebro_db.engines import RunPlace, Server
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs


def keep_best(
    server: Server,
    control: ClientSession,
    place: RunPlace,
    ranked: Sequence[Standing],
    resting: Collection[tuple[int, int]],
    count: int,
    *,
    ended: bool,
) -> list[int]:
    """Give the best configurations that still have their state the ranks from 1.

    Each serves with the state of its best epoch; its last one is kept too, to go on from.

    Args:
        ranked: the configurations, best first.
        resting: those at rest, each with the units that have led to its state.
        count: how many to keep.
        ended: whether all other states are let go, and not left to who goes on with the run.

    Returns:
        those that would be among the best, but whose best state is gone.
    """
    there = server.states(control, place)
    kept = configs.kept(control, place.run)

    def is_there(config: int, units: int) -> bool:
        return (config, units) in kept or units in there.get(config, ())

    having = [one for one in ranked if is_there(one.config, one.best)][:count]
    ranks: dict[tuple[int, int], int | None] = dict.fromkeys(kept.keys() & set(resting))
    if not ended:
        ranks = dict.fromkeys(kept)
    for standing in having:
        if is_there(standing.config, standing.done):
            ranks[standing.config, standing.done] = None
    ranks.update(
        {(standing.config, standing.best): rank for rank, standing in enumerate(having, 1)}
    )
    for config, units in kept.keys() - ranks.keys():
        configs.forget_kept(control, place.run, config, units)
    for (config, units), rank in ranks.items():
        if rank is None and (config, units) in kept:
            configs.unrank(control, place.run, config, units)
        else:
            server.keep_state(control, place, config, units, rank)
    serving = {standing.config for standing in having}
    return [one.config for one in ranked[:count] if one.config not in serving]
