"""Gives back the space of deleted rows, which the server keeps until VACUUM has passed."""

from __future__ import annotations

from contextlib import suppress

from psycopg.errors import LockNotAvailable

from cerebro_db.session import Session

# What verbs delete from. Whole tables that are dropped give their space back by themselves.
_STATES = ("_kept_states", "_pretrained")
_BOOKS = (
    "_units",
    "_epochs",
    "_decisions",
    "_members",
    "_appraisals",
    "_configs",
    "_specs",
    "_runs",
    "_datasets",
    "_models",
)

# Since PostgreSQL 12. To shorten a file VACUUM waits up to five seconds for who reads the table,
# as "select cerebro_drop(run) from cerebro.runs" does: these are small, and not worth that.
_CAN_LEAVE_FILES = "select current_setting('server_version_num')::int >= 120000 as can"


def reclaim(session: Session) -> None:
    """Vacuum the tables, except those that others have locked; not in a transaction.

    What was deleted for a statement of the caller that goes on stays until the next time, or until
    autovacuum, where there is one: the statement's snapshot still sees it.
    """
    session.execute("set lock_timeout = '100ms'")
    vacuum_books = (
        "vacuum (truncate false)" if session.fetch(_CAN_LEAVE_FILES)[0]["can"] else "vacuum"
    )
    tables = [("vacuum", states) for states in _STATES]
    for vacuum, table in [*tables, *((vacuum_books, book) for book in _BOOKS)]:
        with suppress(LockNotAvailable):
            session.execute(f"{vacuum} cerebro.{table}")
