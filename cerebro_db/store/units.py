"""Units that are done. Workers write them, each in the transaction that writes its state."""

from __future__ import annotations

from cerebro_db.session import Row, Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "units.sql")


def committed(session: Session, run: int, config: int, epoch: int, partition: int) -> Row | None:
    """Return rows, training and validation metrics of a unit, None if it was not committed."""
    found = session.fetch(_SQL["committed"], run, config, epoch, partition)
    return found[0] if found else None
