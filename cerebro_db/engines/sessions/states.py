"""The tables of a run's states: made and dropped for a whole epoch, filled by inserts only.

The states inside an epoch lie apart from those at its end, which are needed for longer. They may be
in a table that the server does not log: a hop then writes next to no log, and a crash of the server
empties that table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from psycopg import sql

from cerebro_db.engines._base import RunPlace
from cerebro_db.engines.sessions.tables import SCHEMA, compose
from cerebro_db.session import Session
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs
from cerebro_db.store.statements import load_statements
from cerebro_db.units import Network

_SHARED = load_statements(__package__, "tables.sql") | load_statements(__package__, "states.sql")


@dataclass(frozen=True, order=True)
class StateTable:
    """One of the two tables of an epoch.

    Args:
        epoch: which, from 1.
        inside: whether it has the states inside of the epoch, and not those at its end.
    """

    epoch: int
    inside: bool


def states_table(place: RunPlace, epoch: int, step: int, fold: int = 0) -> sql.Identifier:
    """Return the table with the states after a step, from 1, of an epoch of a fold's network."""
    return _table(place.run, _kind(place, epoch, step, fold))


class StateTables:
    """The tables are made, read and dropped here.

    Args:
        dialect: the statements that differ between servers: ``create_states``, ``wake_state`` and
            ``copy_state``.
    """

    def __init__(self, dialect: dict[str, str]) -> None:
        self._sql = _SHARED | dialect

    def create(self, control: ClientSession, place: RunPlace, epoch: int) -> None:
        """Create the tables of an epoch that are missing: all of it, or nothing."""
        # Found out by asking: to alter a table that is there would wait for the units that use it.
        missing = tables_of(place, epoch) - self.there(control, place.run)
        with control.connection.transaction():
            for kind in sorted(missing):
                logged = place.durability != "epoch" or not kind.inside
                when = "in" if kind.inside else "at the end of"
                parts = {
                    "kind": sql.SQL("table" if logged else "unlogged table"),
                    "table": _table(place.run, kind),
                    "comment": sql.Literal(f"States of run {place.run} {when} epoch {kind.epoch}"),
                }
                for statement in ("create_states", "store_states", "comment_table"):
                    control.execute(compose(self._sql[statement], **parts))

    def there(self, session: Session, run: int) -> set[StateTable]:
        """Return which tables a run has, finished or not."""
        found = session.fetch(self._sql["states_of_run"], rf"^_(states|hops)_{run}_\d+$")
        names = [row["name"].split("_") for row in found]
        return {StateTable(int(epoch), kind == "hops") for _, kind, _, epoch in names}

    def units(self, session: Session, place: RunPlace) -> dict[Network, set[int]]:
        """Return after how many units each network has a state, where units look for it."""
        units: dict[Network, set[int]] = defaultdict(set)
        for kind in sorted(self.there(session, place.run)):
            table = _table(place.run, kind)
            for row in session.fetch(compose(self._sql["states_there"], states=table)):
                if _kind(place, kind.epoch, row["step"], row["fold"]) == kind:
                    before = (kind.epoch - 1) * place.folds.steps(row["fold"])
                    units[Network(row["config"], row["fold"])].add(before + row["step"])
        return dict(units)

    def keep(
        self,
        control: ClientSession,
        place: RunPlace,
        network: Network,
        units: int,
        rank: int | None,
    ) -> None:
        """Copy a state to those that are kept; see ``Server.keep_state``.

        A state that is kept already only gets its rank, so it need not lie anywhere else.
        """
        epoch, step = place.epoch_of(units, network.fold)
        with control.connection.transaction():
            if (network, units) in configs.kept(control, place.run):
                if rank is not None:
                    control.execute(self._sql["rank_kept"], place.run, *network, units, rank)
                return
            states = states_table(place, epoch, step, network.fold)
            statement = compose(self._sql["keep_state"], states=states)
            control.execute(statement, place.run, *network, rank, step, units)

    def wake(
        self, control: ClientSession, place: RunPlace, network: Network, units: int, home: int
    ) -> None:
        """Copy a kept state back; see ``Server.wake_state``.

        Args:
            home: leads to the segment where it goes next, where there are several.
        """
        epoch, step = place.epoch_of(units, network.fold)
        self.create(control, place, epoch)
        statement = compose(
            self._sql["wake_state"],
            states=states_table(place, epoch, step, network.fold),
            home=sql.Literal(home),
        )
        control.execute(statement, place.run, *network, step, units)

    def copy(
        self, control: ClientSession, place: RunPlace, parent: Network, config: int, units: int
    ) -> None:
        """Give a clone its parent's state; see ``Server.copy_state``."""
        epoch, step = place.epoch_of(units, parent.fold)
        states = states_table(place, epoch, step, parent.fold)
        statement = compose(self._sql["copy_state"], states=states)
        control.execute(statement, *parent, config, step)

    def drop(self, session: Session, run: int, kinds: Collection[StateTable]) -> None:
        """Drop tables of a run, as far as they are there."""
        for kind in sorted(kinds):
            session.execute(compose(self._sql["drop_table"], table=_table(run, kind)))

    def drop_all(self, session: Session, run: int) -> None:
        """Drop all tables of a run."""
        self.drop(session, run, self.there(session, run))


def tables_of(place: RunPlace, epoch: int) -> set[StateTable]:
    """Return the tables that an epoch needs: where it has one unit, no state is inside."""
    return {
        _kind(place, epoch, step, fold)
        for fold in place.folds.networks
        for step in (1, place.folds.steps(fold))
    }


def _kind(place: RunPlace, epoch: int, step: int, fold: int) -> StateTable:
    """Return in which table a network's state after a step is: nobody else decides."""
    return StateTable(epoch, inside=step < place.folds.steps(fold))


def _table(run: int, kind: StateTable) -> sql.Identifier:
    return sql.Identifier(SCHEMA, f"_{'hops' if kind.inside else 'states'}_{run}_{kind.epoch}")
