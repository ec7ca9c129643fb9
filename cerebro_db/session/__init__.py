"""One small protocol for running SQL, and its two makers: a psycopg connection and plpy."""

from cerebro_db.session._base import Row, Session

__all__ = ["Row", "Session"]
