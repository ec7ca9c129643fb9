"""The states that outlive a run: of its best configurations, and of configurations at rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from cerebro_db.driving.best import Standing
from cerebro_db.engines import RunPlace, Server
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs
from cerebro_db.units import Network


def keep_best(
    server: Server,
    control: ClientSession,
    place: RunPlace,
    ranked: Sequence[Standing],
    resting: Collection[tuple[Network, int]],
    count: int,
    *,
    ended: bool,
) -> list[int]:
    """Give the best configurations that still have their state the ranks from 1.

    Each serves with the state of its best epoch; its last one is kept too, to go on from. A refit
    has its configuration's rank as well, once it is trained.

    Args:
        ranked: the configurations, best first.
        resting: networks of those at rest, each with the units that have led to its state.
        count: how many to keep.
        ended: whether all other states are let go, and not left to who goes on with the run.

    Returns:
        those that would be among the best, but whose best state is gone.
    """
    there = server.states(control, place)
    kept = configs.kept(control, place.run)

    def are_there(states: Mapping[Network, int]) -> bool:
        return all(state in kept or state[1] in there.get(state[0], ()) for state in states.items())

    having = [one for one in ranked if are_there(one.best)][:count]
    ranks: dict[tuple[Network, int], int | None] = dict.fromkeys(kept.keys() & set(resting))
    if not ended:
        ranks = dict.fromkeys(kept)
    for standing in having:
        if are_there(standing.done):
            ranks.update(dict.fromkeys(standing.done.items()))
    for rank, standing in enumerate(having, 1):
        ranks.update(dict.fromkeys(standing.best.items(), rank))
        if are_there(standing.refit):
            ranks.update(dict.fromkeys(standing.refit.items(), rank))
        else:
            # It goes on from what it was when its configuration had trained for fewer epochs.
            ranks.update(dict.fromkeys(state for state in kept if state[0] in standing.refit))
    for network, units in kept.keys() - ranks.keys():
        configs.forget_kept(control, place.run, network, units)
    for (network, units), wanted in ranks.items():
        if wanted is None and (network, units) in kept:
            configs.unrank(control, place.run, network, units)
        else:
            server.keep_state(control, place, network, units, wanted)
    serving = {standing.config for standing in having}
    return [one.config for one in ranked[:count] if one.config not in serving]
