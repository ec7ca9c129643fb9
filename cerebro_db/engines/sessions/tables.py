"""The tables of chunks: one for each dataset, so that dropping gives the space back at once and
locks nothing that others use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements

_SHARED = load_statements(__package__, "tables.sql")

SCHEMA = "cerebro_data"
"""Where tables lie that come and go; our statements and the extension name it as well."""


@dataclass(frozen=True)
class Partition:
    """Where a partition lies, and how much a worker that holds it holds.

    ``rows`` are those of each of its chunks. ``home`` is a value of the distribution key that leads
    to the segment, where there are several.
    """

    validation: bool
    number: int
    segment: int
    home: int
    chunks: int
    bytes: int
    rows: Sequence[int] = ()


def chunks_table(dataset: int) -> sql.Identifier:
    """Return the name of a dataset's chunk table."""
    return sql.Identifier(SCHEMA, f"_chunks_{dataset}")


def compose(statement: str, **parts: sql.Composable) -> str:
    """Fill the {names} of a statement."""
    return compose_part(statement, **parts).as_string(None)


def compose_part(statement: str, **parts: sql.Composable) -> sql.Composable:
    """Fill the {names} of a part of a statement."""
    return sql.SQL(statement).format(**parts)


class Tables:
    """The tables are made, read and dropped here.

    Args:
        dialect: the statements that differ between servers: ``create_chunks`` and ``partitions``.
    """

    def __init__(self, dialect: dict[str, str]) -> None:
        self._sql = _SHARED | dialect

    def create_chunks(self, session: Session, dataset: int, name: str) -> None:
        """Create a dataset's chunk table."""
        parts = {
            "table": chunks_table(dataset),
            "comment": sql.Literal(f"Packed rows of dataset {name}"),
        }
        for statement in ("create_chunks", "store_chunks", "comment_table"):
            session.execute(compose(self._sql[statement], **parts))

    def has_chunks(self, session: Session, dataset: int) -> bool:
        """Return whether a dataset's chunk table is there."""
        return bool(session.fetch(self._sql["has_chunks"], dataset)[0]["there"])

    def partitions_of(self, session: Session, dataset: int) -> list[Partition]:
        """Return a dataset's partitions; the validation rows have one on every segment."""
        statement = compose(self._sql["partitions"], chunks=chunks_table(dataset))
        return [Partition(**row) for row in session.fetch(statement)]

    def drop_chunks(self, session: Session, dataset: int) -> None:
        """Drop a dataset's chunk table."""
        session.execute(compose(self._sql["drop_table"], table=chunks_table(dataset)))
