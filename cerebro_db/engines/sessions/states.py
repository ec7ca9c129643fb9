"""The tables of a run's states: made and dropped for a whole epoch, filled by inserts only.

The states inside an epoch may lie apart from those at its end, in a table that the server does not
log: a hop then writes next to no log, and a crash of the server empties that table.
"""

from __future__ import annotations

from collections import defaultdict

from psycopg import sql

from cerebro_db.engines._base import RunPlace
from cerebro_db.engines.sessions.tables import SCHEMA, compose
from cerebro_db.session import Session
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs
from cerebro_db.store.statements import load_statements

_SHARED = load_statements(__package__, "tables.sql") | load_statements(__package__, "states.sql")


def states_table(place: RunPlace, epoch: int, step: int) -> sql.Identifier:
    """Return the table with the states after a step, from 1, of an epoch."""
    return _table(_name(place, epoch, step))


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
        comment = sql.Literal(f"States of run {place.run} in epoch {epoch}")
        # Found out by asking: to alter a table that is there would wait for the units that use it.
        missing = _names(place, epoch) - self._found(control, place.run)
        with control.connection.transaction():
            for name in sorted(missing):
                logged = name == _name(place, epoch, place.partitions)
                parts = {
                    "kind": sql.SQL("table" if logged else "unlogged table"),
                    "table": _table(name),
                    "comment": comment,
                }
                for statement in ("create_states", "store_states", "comment_table"):
                    control.execute(compose(self._sql[statement], **parts))

    def epochs(self, session: Session, run: int) -> set[int]:
        """Return the epochs of a run that have tables."""
        return {_epoch_of(name) for name in self._found(session, run)}

    def there(self, session: Session, place: RunPlace) -> dict[int, set[int]]:
        """Return after how many units each configuration has a state."""
        units: dict[int, set[int]] = defaultdict(set)
        for name in sorted(self._found(session, place.run)):
            before = (_epoch_of(name) - 1) * place.partitions
            for row in session.fetch(compose(self._sql["states_there"], states=_table(name))):
                units[row["config"]].add(before + row["step"])
        return dict(units)

    def keep(
        self, control: ClientSession, place: RunPlace, config: int, units: int, rank: int | None
    ) -> None:
        """Copy a state to those that are kept; see ``Server.keep_state``.

        A state that is kept already only changes its rank, so it need not lie anywhere else.
        """
        epoch, step = place.epoch_of(units)
        with control.connection.transaction():
            if (config, units) in configs.kept(control, place.run):
                control.execute(self._sql["rank_kept"], place.run, config, units, rank)
                return
            statement = compose(self._sql["keep_state"], states=states_table(place, epoch, step))
            control.execute(statement, place.run, config, rank, step, units)

    def wake(
        self, control: ClientSession, place: RunPlace, config: int, units: int, home: int
    ) -> None:
        """Copy a kept state back; see ``Server.wake_state``.

        Args:
            home: leads to the segment where it goes next, where there are several.
        """
        epoch, step = place.epoch_of(units)
        self.create(control, place, epoch)
        statement = compose(
            self._sql["wake_state"],
            states=states_table(place, epoch, step),
            home=sql.Literal(home),
        )
        control.execute(statement, place.run, config, step, units)

    def copy(
        self, control: ClientSession, place: RunPlace, parent: int, config: int, units: int
    ) -> None:
        """Give a clone its parent's state; see ``Server.copy_state``."""
        epoch, step = place.epoch_of(units)
        statement = compose(self._sql["copy_state"], states=states_table(place, epoch, step))
        control.execute(statement, parent, config, step)

    def drop(self, session: Session, place: RunPlace, epoch: int) -> None:
        """Drop the tables of an epoch, if they are there."""
        for name in sorted(_names(place, epoch)):
            session.execute(compose(self._sql["drop_table"], table=_table(name)))

    def drop_all(self, session: Session, run: int) -> None:
        """Drop all tables of a run."""
        for name in sorted(self._found(session, run)):
            session.execute(compose(self._sql["drop_table"], table=_table(name)))

    def _found(self, session: Session, run: int) -> set[str]:
        """Return the names of the tables that a run has."""
        found = session.fetch(self._sql["states_of_run"], rf"^_(states|hops)_{run}_\d+$")
        return {row["name"] for row in found}


def _names(place: RunPlace, epoch: int) -> set[str]:
    """Return the names of all tables of an epoch, one or two."""
    return {_name(place, epoch, step) for step in (1, place.partitions)}


def _name(place: RunPlace, epoch: int, step: int) -> str:
    """Return the name of the table with the states after a step: nobody else decides."""
    inside = place.durability == "epoch" and step < place.partitions
    return f"_{'hops' if inside else 'states'}_{place.run}_{epoch}"


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(SCHEMA, name)


def _epoch_of(name: str) -> int:
    return int(name.rsplit("_", 1)[1])
