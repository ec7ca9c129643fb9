"""Units on one PostgreSQL server: every worker is a session, every partition a part of a table."""

from cerebro_db.engines.postgres.engine import PostgresEngine
from cerebro_db.engines.postgres.inference import infer
from cerebro_db.engines.postgres.loopback import Loopback, connect, find_loopback
from cerebro_db.engines.postgres.units import RunPlace
from cerebro_db.engines.postgres.workers import WorkerLimits, Workers

__all__ = [
    "Loopback",
    "PostgresEngine",
    "RunPlace",
    "WorkerLimits",
    "Workers",
    "connect",
    "find_loopback",
    "infer",
]
