"""One small protocol for running SQL, and its two makers: a psycopg connection and plpy."""

from cerebro_db.session._base import CallersSession, Row, Session

__all__ = ["CallersSession", "Row", "Session"]
