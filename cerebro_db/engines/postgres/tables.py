"""The tables that come and go: chunks of a dataset, states of a run's epochs.

One table for each, so that dropping gives the space back at once and locks nothing that others use.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "tables.sql")


@dataclass(frozen=True)
class Partition:
    """How much a worker that holds a partition holds."""

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


def create_chunks(session: Session, dataset: int, name: str) -> None:
    """Create a dataset's chunk table."""
    chunks = chunks_table(dataset)
    comment = sql.Literal(f"Packed rows of dataset {name}")
    session.execute(compose(_SQL["create_chunks"], chunks=chunks))
    session.execute(compose(_SQL["store_chunks_external"], chunks=chunks))
    session.execute(compose(_SQL["comment_chunks"], chunks=chunks, comment=comment))


def write_chunk(
    session: Session,
    dataset: int,
    *,
    validation: bool,
    partition: int,
    seq: int,
    rows: int,
    payload: bytes,
) -> None:
    """Write one chunk; ``seq`` counts from 0 within its partition."""
    statement = compose(_SQL["write_chunk"], chunks=chunks_table(dataset))
    session.execute(statement, validation, partition, seq, rows, payload)


def partitions_of(session: Session, dataset: int) -> dict[tuple[bool, int], Partition]:
    """Return a dataset's partitions by (validation, number)."""
    rows = session.fetch(compose(_SQL["partitions"], chunks=chunks_table(dataset)))
    return {
        (row["validation"], row["partition"]): Partition(row["chunks"], row["bytes"])
        for row in rows
    }


def drop_chunks(session: Session, dataset: int) -> None:
    """Drop a dataset's chunk table."""
    session.execute(compose(_SQL["drop_table"], table=chunks_table(dataset)))


def create_states(session: Session, run: int, epoch: int) -> None:
    """Create the table for the states of an epoch."""
    states = states_table(run, epoch)
    comment = sql.Literal(f"States of run {run} in epoch {epoch}")
    session.execute(compose(_SQL["create_states"], states=states))
    session.execute(compose(_SQL["store_states_external"], states=states))
    session.execute(compose(_SQL["comment_states"], states=states, comment=comment))


def drop_states(session: Session, run: int, epoch: int) -> None:
    """Drop the states of an epoch."""
    session.execute(compose(_SQL["drop_table"], table=states_table(run, epoch)))


def drop_all_states(session: Session, run: int) -> None:
    """Drop all states that a run has left behind, but not those that it keeps."""
    for row in session.fetch(_SQL["states_of_run"], rf"\_states\_{run}\_%"):
        table = sql.Identifier("cerebro", row["name"])
        session.execute(compose(_SQL["drop_table"], table=table))


def keep_state(
    session: Session, run: int, config: int, *, rank: int, epoch: int, step: int
) -> None:
    """Copy one state from an epoch's table to the kept ones."""
    statement = compose(_SQL["keep_state"], states=states_table(run, epoch))
    session.execute(statement, run, config, rank, step)
