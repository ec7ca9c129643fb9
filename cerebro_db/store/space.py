"""Gives back the space of deleted rows, which the server keeps until VACUUM has passed."""

from __future__ import annotations

from contextlib import suppress

from psycopg.errors import LockNotAvailable

from cerebro_db.session import Session

# What verbs delete from. Whole tables that are dropped give their space back by themselves.
_TABLES = ("_kept_states", "_units", "_epochs", "_configs", "_runs", "_datasets", "_models")


def reclaim(session: Session) -> None:
    """Vacuum the tables, except those that others have locked; not in a transaction.

    What was deleted for a statement of the caller that goes on stays until the next time, or until
    autovacuum, where there is one: the statement's snapshot still sees it.
    """
    session.execute("set lock_timeout = '100ms'")
    for table in _TABLES:
        with suppress(LockNotAvailable):
            session.execute(f"vacuum cerebro.{table}")
