"""The states of best epochs: copied before their tables go, let go when others are better.

A copy is made before its table is dropped, so a planner that takes up a run finds the one or the
other, and can copy again what was not copied yet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cerebro_db.engines import Needed, RunPlace, Server
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs
from cerebro_db.units import Network

# How many have copies beyond those that are to be kept: for those before them that fail yet.
_SPARE = 3


@dataclass(frozen=True)
class Standing:
    """A configuration that is ranked, and the states of its networks, as numbers of units that have
    led to them.

    Args:
        best: the states of the epoch that it stands for.
        done: its last states.
        refit: the state of its refit, if it is to have one.
        over: whether it trains no further, unless somebody wishes so once the run has ended.
    """

    config: int
    best: Mapping[Network, int]
    done: Mapping[Network, int]
    over: bool
    refit: Mapping[Network, int] = field(default_factory=dict)


class BestStates:
    """Sees to it that the states which the best configurations stand for outlive their tables.

    Args:
        server: where states are.
        control: the session that copies; in no transaction.
        place: the run.
        keep: how many of the best are to be kept in the end.
    """

    def __init__(self, server: Server, control: ClientSession, place: RunPlace, keep: int) -> None:
        self._server = server
        self._control = control
        self._place = place
        self._most = keep + _SPARE
        self._needed = Needed()

    def release(
        self,
        hops: Collection[int],
        ends: Collection[int],
        ranked: Callable[[], Sequence[Standing]],
    ) -> None:
        """Copy what would be gone once tables are dropped: see ``RunEngine.retire``, before which
        it is called. It is cheap where nothing has changed.

        Args:
            ranked: returns the configurations, best first.
        """
        needed = Needed(frozenset(hops), frozenset(ends))
        if needed == self._needed:
            return
        self._needed = needed
        kept = configs.kept(self._control, self._place.run)
        standings = ranked()
        wanted = {
            state
            for standing in standings[: self._most]
            for states in ((standing.best, standing.done) if standing.over else (standing.best,))
            for state in states.items()
        }
        going = {
            (network, units)
            for network, units in wanted - kept.keys()
            if not needed.at(self._place, units, network.fold)
        }
        self._copy(going)
        # What serves stays until the run ends.
        unwanted = {state for state in kept.keys() - wanted if kept[state].rank is None}
        self._let_go(unwanted, standings)

    def _copy(self, states: set[tuple[Network, int]]) -> None:
        """Keep states, but for those that were let go before their configurations were so good."""
        if not states:
            return
        there = self._server.states(self._control, self._place)
        for network, units in sorted(states):
            if units in there.get(network, ()):
                self._server.keep_state(self._control, self._place, network, units, None)

    def _let_go(self, copies: set[tuple[Network, int]], standings: Sequence[Standing]) -> None:
        """Forget copies, but for what a configuration may have to go on from yet."""
        by_number = {standing.config: standing for standing in standings}
        for network, units in sorted(copies):
            standing = by_number.get(network.config)
            if standing is None or network not in standing.done:
                continue
            # One that trains falls back on the end of its last epoch, if it has to.
            done = standing.done[network]
            inside = done % self._place.folds.steps(network.fold)
            if standing.over or units < done - inside:
                configs.forget_kept(self._control, self._place.run, network, units)
