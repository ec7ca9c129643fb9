"""The choice of the engine that serves a database: the server itself tells it."""

from __future__ import annotations

from collections.abc import Callable

from cerebro_db.engines._base import Server
from cerebro_db.engines.sessions.loopback import Loopback
from cerebro_db.session import Session

_FAMILY = ("Greenplum", "Cloudberry")


def server_of(session: Session, loopback: Callable[[], Loopback]) -> Server:
    """Return the server that a session belongs to.

    Args:
        loopback: finds out how the server's backends reach it, for what needs it.
    """
    version = str(session.fetch("select pg_catalog.version() as version")[0]["version"])
    if any(name in version for name in _FAMILY):
        from cerebro_db.engines.greenplum.server import GreenplumServer

        return GreenplumServer(loopback, on_coordinator=not session.on_segment)
    from cerebro_db.engines.postgres.server import PostgresServer

    return PostgresServer(loopback)
