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


def keys_table(dataset: int) -> sql.Identifier:
    """Return the name of the table of a dataset's keys, if it keeps some."""
    return sql.Identifier(SCHEMA, f"_keys_{dataset}")


def compose(statement: str, **parts: sql.Composable) -> str:
    """Fill the {names} of a statement."""
    return compose_part(statement, **parts).as_string(None)


def compose_part(statement: str, **parts: sql.Composable) -> sql.Composable:
    """Fill the {names} of a part of a statement."""
    return sql.SQL(statement).format(**parts)


class Tables:
    """The tables are made, read and dropped here.

    Args:
        dialect: the statements that differ between servers: ``create_chunks``, ``create_keys`` and
            ``partitions``.
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

    def create_keys(self, session: Session, dataset: int, name: str) -> None:
        """Create the table of a dataset's keys."""
        parts = {
            "table": keys_table(dataset),
            "comment": sql.Literal(f"Keys of the rows of dataset {name}, as they are packed"),
        }
        for statement in ("create_keys", "comment_table"):
            session.execute(compose(self._sql[statement], **parts))

    def write_keys(
        self,
        session: Session,
        dataset: int,
        validation: bool,
        partition: int,
        seq: int,
        keys: Sequence[str | None],
    ) -> None:
        """Write the keys of a chunk's rows, in their order."""
        statement = compose(self._sql["write_keys"], keys=keys_table(dataset))
        session.execute(statement, validation, partition, seq, list(keys))

    def training_chunks(self, session: Session, dataset: int) -> list[tuple[int, int]]:
        """Return partition and number of a dataset's chunks for training."""
        statement = compose(self._sql["training_chunks"], chunks=chunks_table(dataset))
        return [(row["number"], row["seq"]) for row in session.fetch(statement)]

    def keyed_chunk(
        self, session: Session, dataset: int, partition: int, seq: int
    ) -> tuple[bytes, list[str]]:
        """Return a training chunk, and the keys of its rows."""
        statement = compose(
            self._sql["keyed_chunk"], chunks=chunks_table(dataset), keys=keys_table(dataset)
        )
        row = session.fetch(statement, partition, seq)[0]
        return row["payload"], row["keys"]

    def drop_chunks(self, session: Session, dataset: int) -> None:
        """Drop a dataset's tables."""
        for table in (chunks_table(dataset), keys_table(dataset)):
            session.execute(compose(self._sql["drop_table"], table=table))
