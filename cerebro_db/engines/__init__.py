"""The engines: placement, dialect and connections of each kind of database."""

from cerebro_db.engines._base import (
    Durability,
    Needed,
    RunEngine,
    RunPlace,
    Server,
    WorkerLimits,
)

__all__ = [
    "Durability",
    "Needed",
    "RunEngine",
    "RunPlace",
    "Server",
    "WorkerLimits",
]
