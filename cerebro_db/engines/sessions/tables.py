"""The tables that come and go: chunks of a dataset, states of a run's epochs.

One table for each, so that dropping gives the space back at once and locks nothing that others use.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements

_SHARED = load_statements(__package__, "tables.sql")


@dataclass(frozen=True)
class Partition:
    """Where a partition lies, and how much a worker that holds it holds.

    ``home`` is a value of the distribution key that leads to the segment, where there are several.
    """

    validation: bool
    number: int
    segment: int
    home: int
    chunks: int
    bytes: int


def chunks_table(dataset: int) -> sql.Identifier:
    """Return the name of a dataset's chunk table."""
    return sql.Identifier("cerebro", f"_chunks_{dataset}")


def states_table(run: int, epoch: int) -> sql.Identifier:
    """Return the name of the table with the states of a run's epoch."""
    return sql.Identifier("cerebro", f"_states_{run}_{epoch}")


def compose(statement: str, **parts: sql.Composable) -> str:
    """Fill the {names} of a statement."""
    return compose_part(statement, **parts).as_string(None)


def compose_part(statement: str, **parts: sql.Composable) -> sql.Composable:
    """Fill the {names} of a part of a statement."""
    return sql.SQL(statement).format(**parts)


class Tables:
    """Makes and drops them.

    Args:
        dialect: the statements that differ between servers: ``create_chunks``, ``create_states``
            and ``partitions``.
    """

    def __init__(self, dialect: dict[str, str]) -> None:
        self._sql = _SHARED | dialect

    def create_chunks(self, session: Session, dataset: int, name: str) -> None:
        """Create a dataset's chunk table."""
        self._create(session, "chunks", chunks_table(dataset), f"Packed rows of dataset {name}")

    def create_states(self, session: Session, run: int, epoch: int) -> None:
        """Create the table for the states of an epoch."""
        table = states_table(run, epoch)
        self._create(session, "states", table, f"States of run {run} in epoch {epoch}")

    def partitions_of(self, session: Session, dataset: int) -> list[Partition]:
        """Return a dataset's partitions; the validation rows have one on every segment."""
        statement = compose(self._sql["partitions"], chunks=chunks_table(dataset))
        return [Partition(**row) for row in session.fetch(statement)]

    def drop_chunks(self, session: Session, dataset: int) -> None:
        """Drop a dataset's chunk table."""
        self._drop(session, chunks_table(dataset))

    def drop_states(self, session: Session, run: int, epoch: int) -> None:
        """Drop the states of an epoch."""
        self._drop(session, states_table(run, epoch))

    def drop_all_states(self, session: Session, run: int) -> None:
        """Drop all states that a run has left behind, but not those that it keeps."""
        for row in session.fetch(self._sql["states_of_run"], rf"\_states\_{run}\_%"):
            self._drop(session, sql.Identifier("cerebro", row["name"]))

    def keep_state(
        self, session: Session, run: int, config: int, *, rank: int, epoch: int, step: int
    ) -> None:
        """Copy one state from an epoch's table to the kept ones."""
        statement = compose(self._sql["keep_state"], states=states_table(run, epoch))
        session.execute(statement, run, config, rank, step)

    def _create(self, session: Session, kind: str, table: sql.Identifier, comment: str) -> None:
        parts = {"table": table, "comment": sql.Literal(comment)}
        for step in ("create", "store", "comment"):
            session.execute(compose(self._sql[f"{step}_{kind}"], **parts))

    def _drop(self, session: Session, table: sql.Identifier) -> None:
        session.execute(compose(self._sql["drop_table"], table=table))
