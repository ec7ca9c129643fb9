"""The states that outlive a run: of its best configurations, and of configurations at rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cerebro_db.engines import RunPlace, Server
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs


def keep_best(
    server: Server,
    control: ClientSession,
    place: RunPlace,
    done: Mapping[int, int],
    ranking: Sequence[int],
    count: int,
) -> None:
    """Give the best configurations that still have a state the ranks from 1, and forget the rest.

    Args:
        done: how many units have led to each configuration's state.
        ranking: the configurations, best first.
        count: how many to keep.
    """
    there = server.states(control, place)
    kept = configs.kept(control, place.run)
    resting = configs.resting(control, place.run)
    best = [c for c in ranking if (c, done[c]) in kept or done[c] in there.get(c, ())][:count]
    ranks: dict[int, int | None] = {
        config: None for config, units in kept if config in resting and units == done[config]
    }
    ranks.update({config: rank for rank, config in enumerate(best, 1)})
    for config, units in kept.keys() - {(config, done[config]) for config in ranks}:
        configs.forget_kept(control, place.run, config, units)
    for config, rank in ranks.items():
        server.keep_state(control, place, config, done[config], rank)
